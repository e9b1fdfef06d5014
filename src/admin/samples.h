/* Inside admin: pieces of the text format of Prometheus. */
#ifndef SLUICE_ADMIN_SAMPLES_H
#define SLUICE_ADMIN_SAMPLES_H

#include "base/buffer.h"
#include "base/histogram.h"
#include "pipeline/traffic.h"

/* What stands in front of the samples of a metric. */
void sl_samples_head(sl_buffer *text, const char *name, const char *type,
                     const char *help);

/* `labels` is empty, or ends with a comma; bounds times `unit` are shown. */
void sl_samples_histogram(sl_buffer *text, const char *name, const char *labels,
                          const sl_histogram *histogram,
                          const sl_bounds *bounds, double unit);

/* Everything that is known by route. */
void sl_samples_traffic(sl_buffer *text, const sl_traffic *traffic);

#endif
