/* Inside admin: what it answers. */
#ifndef SLUICE_ADMIN_ANSWERS_H
#define SLUICE_ADMIN_ANSWERS_H

#include "admin/admin.h"

void sl_admin_add_routes(sl_admin *admin);

/* --- guard.c: who may ask. */

bool sl_admin_is_called_by_name(const sl_admin *admin, sl_request *request,
                                uint32_t generation);
bool sl_admin_may_change(sl_request *request, uint32_t generation);

/* --- answers.c */

/* What came of a reload. */
void sl_admin_on_outcome(void *listener, const sl_outcome *outcome);

/* Nobody waits for an answer any more. */
void sl_admin_forget(sl_admin *admin);

#endif
