#include "server/flame_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static sl_flame_frame *child_of(sl_flame_frame *parent, const char *name,
                                size_t len)
{
    sl_flame_frame **link = &parent->first;

    while (*link != NULL && (strlen((*link)->name) != len ||
                             memcmp((*link)->name, name, len) != 0)) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        *link = sl_calloc(1, sizeof **link);
        (*link)->name = sl_calloc(1, len + 1);
        memcpy((*link)->name, name, len);
    }
    return *link;
}

/* One line: "a;b;c 12". */
static void add_stack(sl_flame_frame *root, const char *line, size_t len)
{
    size_t end = len;
    uint64_t samples;
    sl_flame_frame *at = root;

    while (end > 0 && line[end - 1] != ' ') {
        end--;
    }
    if (end == 0) {
        return;
    }
    samples = strtoull(line + end, NULL, 10);
    root->samples += samples;
    end--;
    for (size_t start = 0; start <= end;) {
        const char *semicolon = memchr(line + start, ';', end - start);
        size_t stop = semicolon != NULL ? (size_t)(semicolon - line) : end;

        at = child_of(at, line + start, stop - start);
        at->samples += samples;
        start = stop + 1;
    }
}

sl_flame_frame *sl_flame_build(const char *folded)
{
    sl_flame_frame *root = sl_calloc(1, sizeof *root);

    root->name = sl_strdup("all");
    while (*folded != '\0') {
        size_t len = strcspn(folded, "\n");

        add_stack(root, folded, len);
        folded += len + (folded[len] == '\n');
    }
    return root;
}

void sl_flame_free(
    sl_flame_frame *f) // NOLINT(misc-no-recursion): as deep as a stack
{
    while (f->first != NULL) {
        sl_flame_frame *child = f->first;

        f->first = child->next;
        sl_flame_free(child);
    }
    sl_free(f->name);
    sl_free(f);
}

uint64_t sl_flame_count(const char *folded)
{
    sl_flame_frame *root = sl_flame_build(folded);
    uint64_t count = root->samples;

    sl_flame_free(root);
    return count;
}

int sl_flame_depth(
    const sl_flame_frame *f) // NOLINT(misc-no-recursion): likewise
{
    int deepest = 0;

    for (const sl_flame_frame *child = f->first; child != NULL;
         child = child->next) {
        int depth = sl_flame_depth(child);

        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}
