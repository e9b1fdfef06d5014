/* Loading: apps that are right and wrong, and configuration files. */
#include "vm.h"

/* A file with this text; `path` has room for 32 bytes. */
static void write_file(char *path, const char *text)
{
    int fd;

    strcpy(path, "/tmp/sluice-test-XXXXXX");
    fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void check_refused(const char *text, const char *why)
{
    char path[32];
    char *error;
    vm v;

    write_file(path, text);
    vm_open_with(&v, &sl_script_defaults, path, &error);
    CHECK(v.script == NULL && error != NULL);
    if (strstr(error, why) == NULL || strstr(error, path) == NULL) {
        fail_msg("%s", error);
    }
    sl_free(error);
    unlink(path);
    vm_close(&v);
}

static void an_app_that_is_wrong_is_refused_with_its_line(void **state)
{
    check_refused("local x =\n= 1", ":2: unexpected symbol");
    check_refused("local x = nil\nx.y = 1", ":2: attempt to index");
    check_refused("return 42", "returned a number");
    check_refused("require('sluice').new()", "returned nothing");
    check_refused("require('sluice').sleep(1)", ":1: cannot wait here");
    check_refused("local app = require('sluice').new()\n"
                  "app:get('/a/:x', print)\n"
                  "app:post('/a/:y', print)\n"
                  "app:get('/a/:z', print)\n",
                  ":4 conflicts with 'GET /a/:x' of ");
    check_refused("local app = require('sluice').new()\n"
                  "app:get('a', print)",
                  ":2: the path 'a' does not start with '/'");
    check_refused("error({})", "error object is a table");
}

static void a_missing_app_is_named(void **state)
{
    char *error;
    vm v;

    vm_open_with(&v, &sl_script_defaults, "/nowhere/app.lua", &error);
    CHECK(v.script == NULL);
    CHECK(strstr(error, "/nowhere/app.lua") != NULL);
    sl_free(error);
    vm_close(&v);
}

static void a_vm_without_memory_is_refused(void **state)
{
    sl_script_settings settings = sl_script_defaults;
    char *error;
    vm v;

    for (uint64_t kib = 4; kib <= 512; kib *= 2) {
        settings.memory_bytes = kib << 10;
        vm_open_with(&v, &settings, "tests/unit/apps/basics.lua", &error);
        CHECK((v.script == NULL) == (error != NULL));
        CHECK(error == NULL || strstr(error, "memory") != NULL);
        sl_free(error);
        vm_close(&v);
    }
}

static void the_examples_load_and_answer(void **state)
{
    static const char *const targets[] = {"/", "/hello", "/hello/you",
                                          "/download", "/parallel"};
    vm v;
    client c;

    vm_open(&v, "lua/examples/app.lua");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        client_get(&c, &v, targets[i]);
        if (!vm_serve(&v, &c, 10) || c.status != 200 ||
            sl_buffer_len(&c.got) == 0) {
            fail_msg("%s: %s", targets[i], vm_log(&v));
        }
        CHECK(client_end(&c));
    }
    client_ask(&c, &v, "POST", "/echo", "echoed");
    CHECK(vm_serve(&v, &c, 3));
    CHECK(client_got(&c, "echoed"));
    CHECK(client_end(&c));
    client_get(&c, &v, "/report");
    CHECK(vm_serve(&v, &c, 2000));
    CHECK(sl_buffer_len(&c.got) == 11888896);
    CHECK(client_end(&c));
    client_get(&c, &v, "/clock");
    vm_turn(&v, &c, 1, 1);
    CHECK(sl_buffer_len(&c.got) == 16);
    vm_turn(&v, &c, 1, 1000);
    CHECK(sl_buffer_len(&c.got) == 32);
    CHECK(!client_end(&c)); /* the handler sleeps, and will notice then */
    vm_close(&v);
}

static void the_library_can_be_in_a_folder(void **state)
{
    char *error;
    vm v;
    client c;

    setenv("SLUICE_TEST_LUA_DIR", "lua", 1);
    vm_open(&v, "tests/unit/apps/basics.lua");
    client_get(&c, &v, "/fails");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(vm_logged(&v, "lua/sluice/app.lua") ||
          vm_logged(&v, "lua/sluice/main.lua"));
    CHECK(client_end(&c));
    vm_close(&v);

    setenv("SLUICE_TEST_LUA_DIR", "/nowhere", 1);
    vm_open_with(&v, &sl_script_defaults, "tests/unit/apps/basics.lua", &error);
    CHECK(v.script == NULL);
    CHECK(strstr(error, "/nowhere/sluice/main.lua") != NULL);
    sl_free(error);
    vm_close(&v);
    unsetenv("SLUICE_TEST_LUA_DIR");
}

static sl_status note_setting(void *context, const char *name,
                              const char *value, char **error)
{
    char *text = context;

    if (strcmp(name, "wrong") == 0) {
        *error = sl_strdup("no such setting");
        return SL_EINVAL;
    }
    strcat(strcat(strcat(strcat(text, name), "="), value), "\n");
    return SL_OK;
}

/* What the visitor saw, or the error. */
static const char *read_config(const char *text)
{
    static char seen[512];
    char path[32];
    char *error = NULL;
    sl_status rc;

    seen[0] = '\0';
    write_file(path, text);
    rc = sl_script_read_config(path, note_setting, seen, &error);
    CHECK((rc < 0) == (error != NULL));
    if (rc < 0) {
        snprintf(seen, sizeof seen, "%s", error);
        sl_free(error);
    }
    unlink(path);
    return seen;
}

static void a_configuration_is_plain_globals(void **state)
{
    CHECK(strcmp(read_config("workers = 2\nlisten = { ':80', '[::]:80' }\n"
                             "local x = 'k'\naccess_log = x .. 1\n"
                             "half_close = true\n"),
                 "access_log=k1\nhalf_close=true\nlisten=:80\n"
                 "listen=[::]:80\nworkers=2\n") == 0);
    CHECK(strcmp(read_config(""), "") == 0);
    CHECK(strcmp(read_config("wrong = 1"), "no such setting") == 0);
    CHECK(strstr(read_config("x = function() end"), "not a function") != NULL);
    CHECK(strstr(read_config("x = { {} }"), "not a table") != NULL);
    CHECK(strstr(read_config("os.exit(1)"), ":1: attempt to index") != NULL);
    CHECK(strstr(read_config("x ="), ":1: unexpected symbol") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_app_that_is_wrong_is_refused_with_its_line),
        cmocka_unit_test(a_missing_app_is_named),
        cmocka_unit_test(a_vm_without_memory_is_refused),
        cmocka_unit_test(the_examples_load_and_answer),
        cmocka_unit_test(the_library_can_be_in_a_folder),
        cmocka_unit_test(a_configuration_is_plain_globals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
