/* The usual reason phrases (RFC 9110, 15, and IANA's registry). */
#ifndef SLUICE_HTTP_STATUS_H
#define SLUICE_HTTP_STATUS_H

/* Static memory; "" for a status without a registered phrase. */
const char *sl_status_reason(int status);

#endif
