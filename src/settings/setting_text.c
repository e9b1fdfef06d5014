/* What people read about settings: what is allowed, what was wrong, the list.
 */
#include "settings/setting.h"

#include <inttypes.h>
#include <string.h>

#include "settings/value.h"

/* --- What is allowed, for people ------------------------------------------ */

static void describe_range(const sl_setting *s, FILE *out)
{
    char min[SL_VALUE_TEXT];
    char max[SL_VALUE_TEXT];

    switch (s->kind) {
    case SL_KIND_COUNT:
        fprintf(out, "a number from %" PRIu64 " to %" PRIu64, s->min, s->max);
        break;
    case SL_KIND_AUTO:
        fprintf(out, "auto, or a number from %" PRIu64 " to %" PRIu64, s->min,
                s->max);
        break;
    case SL_KIND_DURATION:
        sl_value_format_duration(s->min, min);
        sl_value_format_duration(s->max, max);
        fprintf(out, "a time from %s to %s with its unit (500ms, 10s, 5m, 1h)",
                min, max);
        break;
    default:
        sl_value_format_bytes(s->min, min);
        sl_value_format_bytes(s->max, max);
        fprintf(out, "a size from %s to %s (1024, 64k, 1m)", min, max);
        break;
    }
}

static void describe_allowed(const sl_setting *s, FILE *out)
{
    switch (s->kind) {
    case SL_KIND_BOOLEAN:
        fputs("true or false", out);
        break;
    case SL_KIND_CHOICE:
        fputs("one of", out);
        for (size_t i = 0; s->choices[i] != NULL; i++) {
            fprintf(out, "%s %s", i > 0 ? "," : "", s->choices[i]);
        }
        break;
    case SL_KIND_TEXT:
        fputs("a text", out);
        break;
    case SL_KIND_LIST:
        fprintf(out, "%sone, or several with commas",
                s->min == 0 ? "none, " : "");
        break;
    default:
        describe_range(s, out);
        break;
    }
}

static const sl_setting *nearest(const char *name)
{
    const sl_setting *best = NULL;
    size_t least = 2 + strlen(name) / 4; /* further away is another word */

    for (const sl_setting *s = sl_setting_table; s->name != NULL; s++) {
        size_t distance = sl_value_distance(name, s->name);

        if (distance < least) {
            least = distance;
            best = s;
        }
    }
    return best;
}

sl_status sl_setting_refuse_name(const char *where, const char *name,
                                 char **error)
{
    const sl_setting *near = nearest(name);
    size_t len;
    FILE *out = open_memstream(error, &len);

    fprintf(out, "%s: there is no setting \"%s\"", where, name);
    if (near != NULL) {
        fprintf(out, "; did you mean \"%s\"?", near->name);
    } else {
        fputs("; \"sluice help settings\" lists them", out);
    }
    fclose(out);
    return SL_EINVAL;
}

sl_status sl_setting_refuse_value(const sl_setting *s, const char *where,
                                  const char *value, char **error)
{
    size_t len;
    FILE *out = open_memstream(error, &len);

    fprintf(out, "%s: %s cannot be \"%s\": it is ", where, s->name, value);
    describe_allowed(s, out);
    fclose(out);
    return SL_EINVAL;
}

/* --- Printing ------------------------------------------------------------- */

static void print_value(const sl_settings *settings, const sl_setting *s,
                        FILE *out)
{
    sl_buffer text = {0};

    sl_setting_format(settings, s, 0, &text);
    fprintf(out, "%-16.*s", (int)sl_buffer_len(&text), sl_buffer_data(&text));
    sl_buffer_deinit(&text);
}

void sl_settings_print(FILE *out)
{
    sl_settings defaults;

    sl_settings_init(&defaults);
    fprintf(out, "%-22s%-16s%s\n", "setting", "default", "meaning");
    for (const sl_setting *s = sl_setting_table; s->name != NULL; s++) {
        fprintf(out, "%-22s", s->name);
        print_value(&defaults, s, out);
        fprintf(out, "%s\n", s->help);
        if (s->kind != SL_KIND_TEXT && s->kind != SL_KIND_LIST) {
            fprintf(out, "%-38s", "");
            describe_allowed(s, out);
            fputc('\n', out);
        }
    }
    sl_settings_deinit(&defaults);
}
