#include "server/flame_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    WIDTH = 1200,
    ROW = 19,
    TOP = 78,    /* above the boxes */
    MARGIN = 10, /* beside and below them */
    LETTER = 7,  /* what one needs of the width */
    MOST_DEPTH = 250
};

/* --- Boxes ----------------------------------------------------------------------- */

static bool is_named(const sl_flame_frame *f, const char *name)
{
    return strcmp(f->name, name) == 0;
}

/* A class of the style: what the VM did, what a coroutine is for, and whether the
 * code is the app's, in one of some shades that go with its name. */
static const char *class_of(const sl_flame_frame *f, int depth)
{
    static const char *const shades[] = {"a0", "a1", "a2", "a3", "a4"};
    unsigned sum = 0;

    if (f->name[0] == '[') {
        return is_named(f, "[compiled]")      ? "vn"
               : is_named(f, "[interpreted]") ? "vi"
               : is_named(f, "[GC]")          ? "vg"
               : is_named(f, "[compiler]")    ? "vj"
               : is_named(f, "[C]")           ? "vc"
                                              : "a0";
    }
    if (depth <= 1) {
        return depth == 0 ? "all" : "root";
    }
    if (strstr(f->name, "lua/sluice/") != NULL) {
        return "lib";
    }
    for (const char *at = f->name; *at != '\0'; at++) {
        sum = sum * 31 + (unsigned char)*at;
    }
    return shades[sum % (sizeof shades / sizeof shades[0])];
}

typedef struct drawing {
    sl_buffer *text;
    uint64_t all;
} drawing;

/* Control characters have no place in XML. */
static void escape(sl_buffer *text, const char *raw, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = raw[i];
        const char *name = c == '&'   ? "&amp;"
                           : c == '<' ? "&lt;"
                           : c == '>' ? "&gt;"
                                      : NULL;

        if (name != NULL) {
            sl_buffer_printf(text, "%s", name);
        } else if ((unsigned char)c >= ' ') {
            sl_buffer_append(text, &c, 1);
        }
    }
}

static void draw_label(const drawing *d, const sl_flame_frame *f, double width)
{
    size_t room = width > 3 * LETTER ? (size_t)((width - 6) / LETTER) : 0;
    size_t len = strlen(f->name);

    if (len <= room) {
        escape(d->text, f->name, len);
    } else if (room > 2) {
        escape(d->text, f->name, room - 2);
        sl_buffer_printf(d->text, "..");
    }
}

/* Its place is in the box for the script as well, in samples. */
static void draw_box(const drawing *d, const sl_flame_frame *f, uint64_t start,
                     int depth)
{
    double scale = (double)(WIDTH - 2 * MARGIN) / (double)d->all;
    double x = MARGIN + (double)start * scale;
    double width = (double)f->samples * scale;
    int y = TOP + depth * ROW;

    sl_buffer_printf(d->text,
                     "<g class=\"f %s\" data-x=\"%" PRIu64
                     "\" data-w=\"%" PRIu64 "\" data-y=\"%d\"><title>",
                     class_of(f, depth), start, f->samples, depth);
    escape(d->text, f->name, strlen(f->name));
    sl_buffer_printf(d->text,
                     "\n%" PRIu64 " samples, %.1f %%</title>"
                     "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" "
                     "rx=\"2\"/><text x=\"%.2f\" y=\"%d\">",
                     f->samples, 100.0 * (double)f->samples / (double)d->all, x,
                     y, width > 0.6 ? width - 0.5 : width, ROW - 1, x + 4,
                     y + 13);
    draw_label(d, f, width);
    sl_buffer_printf(d->text, "</text></g>\n");
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(sl_flame_frame *const *)a)->name,
                  (*(sl_flame_frame *const *)b)->name);
}

static void draw(const drawing *d, const sl_flame_frame *f, uint64_t start,
                 int depth);

/* In the order of their names, so that two graphs can be compared. */
static void draw_children( // NOLINT(misc-no-recursion): likewise
    const drawing *d, const sl_flame_frame *f, uint64_t start, int depth)
{
    size_t count = 0;
    size_t i = 0;
    const sl_flame_frame **children;

    for (const sl_flame_frame *child = f->first; child != NULL;
         child = child->next) {
        count++;
    }
    children = sl_calloc(count + 1, sizeof *children);
    for (const sl_flame_frame *child = f->first; child != NULL;
         child = child->next) {
        children[i++] = child;
    }
    qsort(children, count, sizeof(sl_flame_frame *), by_name);
    for (i = 0; i < count; i++) {
        draw(d, children[i], start, depth);
        start += children[i]->samples;
    }
    sl_free(children);
}

static void draw( // NOLINT(misc-no-recursion): likewise
    const drawing *d, const sl_flame_frame *f, uint64_t start, int depth)
{
    if (depth < MOST_DEPTH) {
        draw_box(d, f, start, depth);
        draw_children(d, f, start, depth + 1);
    }
}

/* --- What is around them --------------------------------------------------------- */

static void draw_legend(sl_buffer *text)
{
    static const char *const entries[][2] = {
        {"vn", "compiled"}, {"vi", "interpreted"}, {"vc", "C"},
        {"vg", "GC"},       {"vj", "compiler"},    {"root", "route or task"},
        {"a1", "app"},      {"lib", "library"},
    };
    int x = MARGIN;

    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        sl_buffer_printf(text,
                         "<g class=\"%s\"><rect x=\"%d\" y=\"52\" width=\"12\" "
                         "height=\"12\" rx=\"2\"/></g><text class=\"dim\" "
                         "x=\"%d\" y=\"62\">%s</text>\n",
                         entries[i][0], x, x + 17, entries[i][1]);
        x += 34 + LETTER * (int)strlen(entries[i][1]);
    }
}

static void draw_head(const sl_flame *flame, int height, sl_buffer *text)
{
    sl_buffer_printf(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"flame\" "
        "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n"
        "<style>%s</style>\n"
        "<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n"
        "<text class=\"title\" x=\"%d\" y=\"24\">",
        WIDTH, height, WIDTH, height, sl_flame_style, MARGIN);
    escape(text, flame->title, strlen(flame->title));
    sl_buffer_printf(text, "</text><text class=\"dim\" x=\"%d\" y=\"42\">",
                     MARGIN);
    escape(text, flame->subtitle, strlen(flame->subtitle));
    sl_buffer_printf(text,
                     "</text>\n<text class=\"button\" id=\"search\" x=\"%d\" "
                     "y=\"24\" text-anchor=\"end\">Search (/)</text>"
                     "<text class=\"button\" id=\"reset\" x=\"%d\" y=\"24\" "
                     "text-anchor=\"end\" visibility=\"hidden\">Show all</text>"
                     "<text class=\"dim\" id=\"found\" x=\"%d\" y=\"42\" "
                     "text-anchor=\"end\"></text>\n",
                     WIDTH - MARGIN, WIDTH - MARGIN - 90, WIDTH - MARGIN);
    draw_legend(text);
}

void sl_flame_draw(const sl_flame *flame, bool as_page, sl_buffer *text)
{
    sl_flame_frame *root = sl_flame_build(flame->folded);
    drawing d = {text, root->samples > 0 ? root->samples : 1};
    int depth = sl_flame_depth(root);
    int rows = depth < MOST_DEPTH ? depth : MOST_DEPTH;

    if (as_page) {
        sl_buffer_printf(text, "<!doctype html>\n<html lang=\"en\"><head>"
                               "<meta charset=\"utf-8\"><title>");
        escape(text, flame->title, strlen(flame->title));
        sl_buffer_printf(text, "</title><style>body { margin: 0 }</style>"
                               "</head><body>\n");
    }
    draw_head(flame, TOP + rows * ROW + MARGIN, text);
    draw(&d, root, 0, 0);
    sl_buffer_printf(text, "<script><![CDATA[%s]]></script>\n</svg>\n",
                     sl_flame_script);
    if (as_page) {
        sl_buffer_printf(text, "</body></html>\n");
    }
    sl_flame_free(root);
}
