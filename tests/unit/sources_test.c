/* The files of an app, as they were when they were read. */
#include "script/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "script/excerpt.h"

static char folder[] = "/tmp/sluice-sources-XXXXXX";

static const char *place(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(place(name), "w");

    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static bool has(sl_sources *sources, const char *name, const char *expected)
{
    sl_source_text text;

    return sl_sources_read(sources, place(name), &text) == SL_OK &&
           text.len == strlen(expected) && strcmp(text.data, expected) == 0;
}

static void what_was_read_stays_until_it_is_let_go(void **state)
{
    sl_sources *sources = sl_sources_create();
    sl_source_text text;

    put("a.lua", "one");
    CHECK(has(sources, "a.lua", "one"));
    CHECK(sl_sources_read(sources, place("b.lua"), &text) == SL_ESYSTEM);
    put("a.lua", "two");
    put("b.lua", "new");
    CHECK(has(sources, "a.lua", "one"));
    CHECK(sl_sources_read(sources, place("b.lua"), &text) == SL_ESYSTEM);
    sl_sources_unref(sources);
}

static void what_is_read_after_the_load_is_not_kept(void **state)
{
    sl_sources *sources = sl_sources_create();

    sl_sources_close(sources);
    put("a.lua", "one");
    CHECK(has(sources, "a.lua", "one"));
    put("a.lua", "two");
    CHECK(has(sources, "a.lua", "two"));
    sl_sources_unref(sources);
}

static void a_sealed_file_has_the_same_and_cannot_change(void **state)
{
    sl_sources *sources = sl_sources_create();
    sl_sources *again;
    sl_source_text text;
    sl_source_text other;
    int fd;

    put("a.lua", "one");
    (void)unlink(place("b.lua"));
    fd = sl_sources_create_record();
    CHECK(fd >= 0);
    sl_sources_record(sources, fd);
    CHECK(has(sources, "a.lua", "one"));
    CHECK(sl_sources_read(sources, place("b.lua"), &text) == SL_ESYSTEM);
    CHECK(sl_sources_list(sources, folder, &text) == SL_OK);
    CHECK(sl_sources_are_recorded(sources));
    CHECK(sl_sources_seal_record(fd) == SL_OK && pwrite(fd, "x", 1, 0) < 0);
    put("a.lua", "two");
    put("b.lua", "new");
    again = sl_sources_open(fd);
    CHECK(again != NULL && has(again, "a.lua", "one"));
    CHECK(sl_sources_read(again, place("b.lua"), &other) == SL_ESYSTEM);
    CHECK(sl_sources_list(again, folder, &other) == SL_OK);
    CHECK(other.len == text.len &&
          memcmp(other.data, text.data, text.len) == 0);
    close(fd);
    sl_sources_unref(sources);
    sl_sources_unref(again);
}

static void an_entry_that_was_cut_off_is_left_out(void **state)
{
    sl_sources *sources = sl_sources_create();
    int fd = sl_sources_create_record();
    sl_sources *again;
    off_t size;

    put("a.lua", "one");
    put("b.lua", "two");
    sl_sources_record(sources, fd);
    CHECK(has(sources, "a.lua", "one"));
    CHECK(has(sources, "b.lua", "two"));
    size = lseek(fd, 0, SEEK_END);
    CHECK(ftruncate(fd, size - 1) == 0);
    again = sl_sources_open(fd);
    put("a.lua", "new");
    put("b.lua", "new");
    CHECK(again != NULL && has(again, "a.lua", "one"));
    CHECK(has(again, "b.lua", "new"));
    CHECK(sl_sources_seal_record(fd) == SL_OK);
    sl_sources_unref(again);
    again = sl_sources_create();
    sl_sources_record(again, fd); /* which takes nothing any more */
    CHECK(has(again, "a.lua", "new") && !sl_sources_are_recorded(again));
    close(fd);
    sl_sources_unref(sources);
    sl_sources_unref(again);
}

static void another_file_holds_no_sources(void **state)
{
    FILE *file = tmpfile();

    CHECK(sl_sources_open(fileno(file)) == NULL);
    CHECK(fputs("sluice sources 1, but not quite", file) >= 0);
    CHECK(fflush(file) == 0 && sl_sources_open(fileno(file)) == NULL);
    CHECK(fclose(file) == 0);
}

static void an_error_is_shown_with_its_lines(void **state)
{
    sl_sources *sources = sl_sources_create();
    char *error;

    put("a.lua", "a\nb\nc\nd\ne");
    CHECK(has(sources, "a.lua", "a\nb\nc\nd\ne"));
    CHECK(asprintf(&error, "%s:4: no\nstack traceback:\n\tx", place("a.lua")) >
          0);
    error = sl_excerpt_add(sources, error);
    CHECK(strstr(error, ":4: no\n       2 | b\n       3 | c\n  >    4 | d\n"
                        "       5 | e\nstack traceback:\n\tx") != NULL);
    free(error);
    error = sl_excerpt_add(sources, strdup("nowhere.lua:4: no"));
    CHECK(strcmp(error, "nowhere.lua:4: no") == 0);
    free(error);
    sl_sources_unref(sources);
}

static int make_folder(void **state)
{
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)unlink(place("a.lua"));
    (void)unlink(place("b.lua"));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_stays_until_it_is_let_go),
        cmocka_unit_test(what_is_read_after_the_load_is_not_kept),
        cmocka_unit_test(a_sealed_file_has_the_same_and_cannot_change),
        cmocka_unit_test(an_entry_that_was_cut_off_is_left_out),
        cmocka_unit_test(another_file_holds_no_sources),
        cmocka_unit_test(an_error_is_shown_with_its_lines),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
