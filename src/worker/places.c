#include "worker/places.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LINKS = 40 /* as the system has it */ };

typedef struct walk {
    sl_place_visitor *visit;
    void *context;
    char at[PATH_MAX];   /* the folder that was reached; "": the current one */
    char rest[PATH_MAX]; /* of the way */
    char name[NAME_MAX + 1];
    int links;
} walk;

/* The next name of the rest becomes w->name. False: there is none. */
static bool take_name(walk *w)
{
    const char *start = w->rest + strspn(w->rest, "/");
    size_t len = strcspn(start, "/");

    if (len == 0 || len > NAME_MAX) {
        return false;
    }
    memcpy(w->name, start, len);
    w->name[len] = '\0';
    memmove(w->rest, start + len, strlen(start + len) + 1);
    return true;
}

/* The path of w->name. False: it is too long. */
static bool join(const walk *w, char path[PATH_MAX])
{
    size_t len = strlen(w->at);
    const char *between = len == 0 || w->at[len - 1] == '/' ? "" : "/";

    return snprintf(path, PATH_MAX, "%s%s%s", w->at, between, w->name) <
           PATH_MAX;
}

/* Go on where the link leads. False: that is too far. */
static bool follow(walk *w, const char *path)
{
    char target[PATH_MAX];
    char rest[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof target - 1);

    if (len <= 0 || ++w->links > MOST_LINKS) {
        return false;
    }
    target[len] = '\0';
    if (snprintf(rest, sizeof rest, "%s%s", target, w->rest) >=
        (int)sizeof rest) {
        return false;
    }
    memcpy(w->rest, rest, strlen(rest) + 1);
    if (target[0] == '/') {
        memcpy(w->at, "/", 2);
    }
    return true;
}

/* One name further. False: the way ends here. */
static bool step(walk *w)
{
    char path[PATH_MAX];
    struct stat st;
    bool is_link;
    bool is_there;

    if (!take_name(w) || !join(w, path)) {
        return false;
    }
    is_there = lstat(path, &st) == 0;
    is_link = is_there && S_ISLNK(st.st_mode);
    if (!is_there || is_link || !S_ISDIR(st.st_mode)) {
        w->visit(w->context, *w->at != '\0' ? w->at : ".", w->name);
    }
    if (is_link) {
        return follow(w, path);
    }
    if (is_there) {
        memcpy(w->at, path, strlen(path) + 1);
    }
    return is_there && S_ISDIR(st.st_mode);
}

void sl_places_each(const char *path, sl_place_visitor *visit, void *context)
{
    walk w = {.visit = visit, .context = context};

    if (strlen(path) >= sizeof w.rest) {
        return;
    }
    memcpy(w.rest, path, strlen(path) + 1);
    if (path[0] == '/') {
        memcpy(w.at, "/", 2);
    }
    while (step(&w)) {
    }
}
