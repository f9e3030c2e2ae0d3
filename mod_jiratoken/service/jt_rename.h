/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_RENAME_H
#define JT_RENAME_H

#include "core/jt_account.h"
#include "core/jt_label.h"
#include "service/jt_actor.h"

typedef enum jt_rename_found_t {
    JT_RENAME_MISSING, /* no such token of this user */
    JT_RENAME_LABEL,   /* label_fault says what is wrong with it */
    JT_RENAME_TAKEN,   /* another token of the user has it */
    JT_RENAME_DONE
} jt_rename_found_t;

/** The result of a change of a label. */
typedef struct jt_renamed_t {
    jt_rename_found_t found;
    jt_label_fault_t label_fault;
    jt_token_t *token; /* set on JT_RENAME_DONE, with its new label */
} jt_renamed_t;

/**
 * Change the label of a token of actor->user, and nothing else. Logs it. What
 * caches remember has the former label for as long as they do, and is made
 * void. Blocks as the database and a cache outside do.
 * @param typed any bytes
 * @param renamed set; what it points to is from actor->pool
 * @return APR_SUCCESS; anything else when the database could not answer
 */
apr_status_t jt_rename(const jt_actor_t *actor, apr_int64_t id,
                       const char *typed, jt_renamed_t *renamed);

#endif
