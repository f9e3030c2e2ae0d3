/* SPDX-License-Identifier: Apache-2.0
 *
 * The page that explains how programs use a token. The examples are in
 * html/web/recipe_*.html. It must not know tokens.
 */
#include "pages/jt_page_connect.h"

#include "html/jt_view_recipes.h"

int jt_page_connect_show(jt_visit_t *visit)
{
    jt_view_connect(visit->scope);
    jt_view_recipes(visit->scope, &visit->frame, "YOUR_TOKEN",
                    visit->actor.pool);
    return jt_visit_send(visit, HTTP_OK, "connect");
}
