/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VIEW_RECIPES_H
#define JT_VIEW_RECIPES_H

#include "html/jt_view.h"

/** web/connect.html, without its recipes. */
void jt_view_connect(jt_html_t *scope);

/**
 * web/recipes.html: the examples for programs.
 * @param frame with a user
 * @param secret or a placeholder; no copy is made
 */
void jt_view_recipes(jt_html_t *scope, const jt_view_frame_t *frame,
                     const char *secret, apr_pool_t *pool);

#endif
