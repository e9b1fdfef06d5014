/* Request targets (RFC 9112, 3.2) and authorities (RFC 3986, 3.2). */
#ifndef SLUICE_HTTP_TARGET_H
#define SLUICE_HTTP_TARGET_H

#include <stdbool.h>

#include <sluice/chunk.h>

/* The parts of a target: spans of it, or static. */
typedef struct sl_target {
    sl_span path;
    sl_span query;     /* data NULL: none */
    sl_span authority; /* of the absolute form; data NULL: another form */
} sl_target;

/* Take a target in origin, absolute or asterisk form apart; the last only when
 * `is_options`. False when it is none of them. */
bool sl_target_parse(sl_span text, bool is_options, sl_target *target);

/* Is `text` a host with an optional port, without user information? */
bool sl_is_authority(sl_span text);

#endif
