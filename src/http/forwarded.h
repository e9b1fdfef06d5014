/* What proxies say of the client behind them: Forwarded (RFC 7239), or the
 * X-Forwarded-* fields that came before it.
 *
 * Anybody can send these fields, so the caller asks only when its peer is a
 * proxy that it trusts. Each proxy appends what it saw: the entries are read
 * from the last one on, as long as they name proxies that are trusted too; the
 * first other one is the client, and what stands in front of it is hearsay.
 */
#ifndef SLUICE_HTTP_FORWARDED_H
#define SLUICE_HTTP_FORWARDED_H

#include "base/networks.h"
#include "http/fields.h"

/* Spans of the fields, or static; data NULL: nothing (valid) was said. */
typedef struct sl_forwarded {
    sl_span client; /* an address without port and brackets, "unknown", or a
                       name that a proxy gave it ("_...") */
    sl_span scheme; /* "http" or "https" */
    sl_span host;   /* an authority */
} sl_forwarded;

sl_forwarded sl_forwarded_read(const sl_fields *fields,
                               const sl_networks *trusted);

#endif
