/* W3C Trace Context: which trace a request is a part of.
 *
 *   traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
 */
#ifndef SLUICE_HTTP_TRACE_H
#define SLUICE_HTTP_TRACE_H

#include <stdbool.h>

#include <sluice/chunk.h>

/* The id of the trace in a traceparent field, 32 hexadecimal digits; false: the
 * field is malformed, and to be ignored. */
bool sl_trace_read(sl_span field, sl_span *trace_id);

#endif
