/* What a watcher tells, and what it does not. */
#include "worker/watcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "worker/places.h"

enum { MANY = 50 };

typedef struct world {
    uv_loop_t loop;
    sl_watcher watcher;
    sl_settings settings;
    char folder[64];
    char what[600];
    int told;
} world;

static const char *place(const world *w, const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", w->folder, name);
    return path;
}

static void put(const world *w, const char *name, const char *text)
{
    FILE *file = fopen(place(w, name), "w");

    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void on_change(void *context, const char *what)
{
    world *w = context;

    w->told++;
    (void)snprintf(w->what, sizeof w->what, "%s", what);
}

/* A turn that never waits for long: libuv may poll after its timers. */
static void turn(world *w)
{
    (void)usleep(500);
    uv_run(&w->loop, UV_RUN_NOWAIT);
}

static void turn_until_told(world *w, int times)
{
    while (w->told < times) {
        turn(w);
    }
}

/* Read as an app would, whether they are there or not, and watch that. */
static void watch(world *w, const char *const *names)
{
    sl_sources *sources = sl_sources_create();
    sl_source_text text;

    for (; *names != NULL; names++) {
        (void)sl_sources_read(sources, place(w, *names), &text);
    }
    sl_watcher_take(&w->watcher, sources);
    sl_sources_unref(sources);
}

static void open_world(world *w, sl_watch_mode mode)
{
    static const sl_log silent = {.fd = -1, .level = SL_LOG_OFF};

    *w = (world){.folder = "/tmp/sluice-watcher-XXXXXX"};
    CHECK(mkdtemp(w->folder) != NULL && uv_loop_init(&w->loop) == 0);
    sl_settings_init(&w->settings);
    w->settings.watch = mode;
    w->settings.watch_interval_ms = 5;
    sl_watcher_init(&w->watcher, &w->loop, &silent, &w->settings, on_change, w);
}

static void close_world(world *w)
{
    char command[128];

    sl_watcher_close(&w->watcher);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&w->loop) == 0);
    sl_settings_deinit(&w->settings);
    (void)snprintf(command, sizeof command, "rm -r %s", w->folder);
    CHECK(system(command) == 0);
}

static void a_burst_is_told_once(void **state)
{
    const char *const names[] = {"a", "b", "c", NULL};
    world w;

    open_world(&w, SL_WATCH_ON);
    put(&w, "a", "1");
    watch(&w, names);
    for (int i = 0; i < MANY; i++) {
        put(&w, "a", "2");
        put(&w, "b", "2");
        (void)unlink(place(&w, "b"));
    }
    put(&w, "c", "2");
    turn_until_told(&w, 1);
    CHECK(strstr(w.what, "/a and 1 more have changed") != NULL);
    for (int i = 0; i < MANY; i++) {
        put(&w, "a", "3"); /* nobody is told before the next take */
        turn(&w);
    }
    CHECK(w.told == 1);
    close_world(&w);
}

static void what_changed_while_nothing_was_told_is_told_then(void **state)
{
    const char *const names[] = {"a", NULL};
    sl_sources *sources = sl_sources_create();
    sl_source_text text;
    world w;

    open_world(&w, SL_WATCH_ON);
    put(&w, "a", "1");
    CHECK(sl_sources_read(sources, place(&w, "a"), &text) == SL_OK);
    put(&w, "a", "2"); /* after it was read, before it is watched */
    sl_watcher_take(&w.watcher, sources);
    turn_until_told(&w, 1);
    watch(&w, names);
    put(&w, "a", "3");
    turn_until_told(&w, 2);
    sl_sources_unref(sources);
    close_world(&w);
}

static void the_same_bytes_are_no_change(sl_watch_mode mode)
{
    const char *const names[] = {"a", "last", NULL};
    world w;

    open_world(&w, mode);
    put(&w, "a", "1");
    watch(&w, names);
    for (int i = 0; i < MANY; i++) {
        put(&w, "a", "2");
        put(&w, "a", "1");
        put(&w, "not watched", "2");
        turn(&w);
    }
    put(&w, "last", "");
    turn_until_told(&w, 1);
    CHECK(strstr(w.what, "/last has changed") != NULL);
    close_world(&w);
}

static void the_same_bytes_are_no_change_when_told(void **state)
{
    the_same_bytes_are_no_change(SL_WATCH_ON);
}

static void the_same_bytes_are_no_change_when_polled(void **state)
{
    the_same_bytes_are_no_change(SL_WATCH_POLL);
}

static void a_file_that_is_empty_for_a_moment_is_waited_for(void **state)
{
    const char *const names[] = {"a", NULL};
    world w;

    open_world(&w, SL_WATCH_ON);
    put(&w, "a", "1");
    watch(&w, names);
    put(&w, "a", "");
    while (!w.watcher.is_patient) {
        turn(&w);
        CHECK(w.told == 0);
    }
    put(&w, "a", "2");
    turn_until_told(&w, 1);
    watch(&w, names);
    put(&w, "a", ""); /* and stays so */
    turn_until_told(&w, 2);
    close_world(&w);
}

static void without_watches_it_looks_from_time_to_time(void **state)
{
    const char *const names[] = {"a", NULL};
    struct rlimit before;
    struct rlimit none;
    world w;

    open_world(&w, SL_WATCH_ON);
    put(&w, "a", "1");
    watch(&w, names);
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = (struct rlimit){0, before.rlim_max}; /* no descriptor for inotify */
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    while (w.watcher.mode == SL_WATCH_ON) {
        turn(&w);
    }
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    put(&w, "a", "2");
    turn_until_told(&w, 1);
    watch(&w, names);
    put(&w, "a", "3");
    turn_until_told(&w, 2);
    CHECK(w.watcher.mode == SL_WATCH_POLL);
    close_world(&w);
}

/* --- Places ------------------------------------------------------------------- */

static void note(void *context, const char *folder, const char *name)
{
    char *found = context;
    size_t len = strlen(found);
    const char *last = strrchr(folder, '/');

    (void)snprintf(found + len, 256 - len, "%s:%s ",
                   last != NULL ? last + 1 : folder, name);
}

static const char *places_of(const world *w, const char *name)
{
    static char found[256];

    found[0] = '\0';
    sl_places_each(place(w, name), note, found);
    return found;
}

static void a_path_has_a_place_for_each_link_of_it(void **state)
{
    char expected[256];
    world w;
    const char *top;

    open_world(&w, SL_WATCH_OFF);
    top = strrchr(w.folder, '/') + 1;
    CHECK(mkdir(place(&w, "real"), 0700) == 0);
    put(&w, "real/a", "1");
    CHECK(symlink("real", place(&w, "link")) == 0);
    CHECK(symlink("link/a", place(&w, "far")) == 0);
    CHECK(symlink("circle", place(&w, "circle")) == 0);
    CHECK(strcmp(places_of(&w, "real/a"), "real:a ") == 0);
    (void)snprintf(expected, sizeof expected, "%s:link real:a ", top);
    CHECK(strcmp(places_of(&w, "link/a"), expected) == 0);
    (void)snprintf(expected, sizeof expected, "%s:far %s:link real:a ", top,
                   top);
    CHECK(strcmp(places_of(&w, "far"), expected) == 0);
    CHECK(strcmp(places_of(&w, "link//./../real/a/b"), expected) != 0);
    (void)snprintf(expected, sizeof expected, "%s:missing ", top);
    CHECK(strcmp(places_of(&w, "missing/folder/a"), expected) == 0);
    CHECK(*places_of(&w, "circle") != '\0'); /* and it came to an end */
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_told_once),
        cmocka_unit_test(what_changed_while_nothing_was_told_is_told_then),
        cmocka_unit_test(the_same_bytes_are_no_change_when_told),
        cmocka_unit_test(the_same_bytes_are_no_change_when_polled),
        cmocka_unit_test(a_file_that_is_empty_for_a_moment_is_waited_for),
        cmocka_unit_test(without_watches_it_looks_from_time_to_time),
        cmocka_unit_test(a_path_has_a_place_for_each_link_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
