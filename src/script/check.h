/* What is wrong with an app, and what its routes are, as text or as JSON: for
 * `sluice check` and `sluice routes`. The work is done in lua/sluice/check.
 */
#ifndef SLUICE_SCRIPT_CHECK_H
#define SLUICE_SCRIPT_CHECK_H

#include "script/script.h"

typedef struct sl_check {
    const char *path;           /* of the app; "": there is none */
    const char *first;          /* why it does not load; "": it does */
    const char *const *wrong;   /* with the settings; ended by NULL */
    const char *const *natives; /* methods and paths of handlers in C, in turn;
                                   ended by NULL */
    bool as_json;
} sl_check;

/* The texts are owned by the caller (free). */
typedef struct sl_report {
    char *out;
    char *err;
    uint32_t errors;
} sl_report;

/* Look at everything. Of an app that does not load, it is run once more, for
 * what else is wrong. On failure *error (free) says why; nothing else is set. */
sl_status sl_script_check(sl_script *script, const sl_check *check,
                          sl_report *report, char **error);

/* Only the routes: into report->out. */
sl_status sl_script_list_routes(sl_script *script, const sl_check *check,
                                sl_report *report, char **error);

#endif
