/* Metrics of scripts in the text format of Prometheus. */
#include <string.h>

#include "admin/admin.h"

static const char *const types[] = {
    [SL_METER_COUNTER] = "counter",
    [SL_METER_GAUGE] = "gauge",
    [SL_METER_HISTOGRAM] = "histogram",
};

/* Lines of the format end with a line feed, so a text has none. */
static void append_text(sl_buffer *text, const char *from)
{
    for (; *from != '\0'; from++) {
        if (*from == '\n') {
            sl_buffer_append(text, "\\n", 2);
        } else if (*from == '\\') {
            sl_buffer_append(text, "\\\\", 2);
        } else {
            sl_buffer_append(text, from, 1);
        }
    }
}

static void append_value(sl_buffer *text, const char *name, const char *suffix,
                         const char *labels, double value)
{
    bool has_labels = *labels != '\0';

    sl_buffer_printf(text, "%s%s%s%s%s %.17g\n", name, suffix,
                     has_labels ? "{" : "", labels, has_labels ? "}" : "",
                     value);
}

static void append_histogram(sl_buffer *text, const sl_meter_family *family,
                             const sl_meter_series *series)
{
    const char *comma = *series->labels != '\0' ? "," : "";
    double count = 0;

    for (uint32_t i = 0; i < family->nbounds; i++) {
        count += series->counts[i];
        sl_buffer_printf(text, "%s_bucket{%s%sle=\"%.10g\"} %.17g\n",
                         family->name, series->labels, comma, family->bounds[i],
                         count);
    }
    count += series->counts[family->nbounds];
    sl_buffer_printf(text, "%s_bucket{%s%sle=\"+Inf\"} %.17g\n", family->name,
                     series->labels, comma, count);
    append_value(text, family->name, "_sum", series->labels, series->value);
    append_value(text, family->name, "_count", series->labels, count);
}

static void append_family(sl_buffer *text, const sl_meters *meters,
                          uint32_t number)
{
    const sl_meter_family *family = &meters->families[number];
    uint32_t count =
        atomic_load_explicit(&meters->nseries, memory_order_relaxed);

    sl_buffer_printf(text, "# HELP %s ", family->name);
    append_text(text, family->help);
    sl_buffer_printf(text, "\n# TYPE %s %s\n", family->name,
                     types[family->kind]);
    for (uint32_t i = 0; i < count; i++) {
        const sl_meter_series *series = &meters->series[i];

        if (series->family != number) {
            continue;
        }
        if (family->kind == SL_METER_HISTOGRAM) {
            append_histogram(text, family, series);
        } else {
            append_value(text, family->name, "", series->labels, series->value);
        }
    }
}

void sl_admin_render_meters(const sl_meters *meters, sl_buffer *text)
{
    uint32_t count =
        atomic_load_explicit(&meters->nfamilies, memory_order_relaxed);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t retired = atomic_load_explicit(&meters->families[i].retired,
                                                memory_order_relaxed);

        if (retired == 0) {
            append_family(text, meters, i);
        }
    }
}
