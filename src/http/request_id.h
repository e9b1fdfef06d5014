/* X-Request-Id: what somebody in front calls a request.
 *
 * It goes into logs, headers and status pages, so that only what needs no escape
 * anywhere is taken over: up to SL_REQUEST_ID - 1 letters, digits and -._~:=+/@
 */
#ifndef SLUICE_HTTP_REQUEST_ID_H
#define SLUICE_HTTP_REQUEST_ID_H

#include "http/fields.h"

/* Room for the id of a request, NUL included. */
enum { SL_REQUEST_ID = 64 };

/* Copy that of the only such field to `id`; its length, or 0 with nothing copied:
 * there is none that can be taken over. */
size_t sl_request_id_read(const sl_fields *fields, char id[SL_REQUEST_ID]);

#endif
