/* Allocations of the VM that fail, one after the other: every one of a request
 * is refused once, from the first on. The process goes on, the client gets an
 * answer or an end, and when there is memory again the next one is served. */
#include "vm.h"

#include <luajit.h>

#include "script/vm.h"

enum { STEPS = 400, STEP_BYTES = 40, TURNS = 50 };

/* From here on nothing is granted; 0: everything is. */
static void refuse_above(vm *v, uint64_t bytes)
{
    v->script->most_bytes = bytes != 0 ? bytes : UINT64_MAX;
    v->script->alarm_bytes = v->script->most_bytes;
}

/* The settings are the VM's own copy, so a test may change its mind. */
static void set_limit(vm *v, uint64_t bytes)
{
    v->script->settings.memory_bytes = bytes;
    sl_script_limit_memory(v->script);
}

static uint64_t held(vm *v)
{
    sl_script_stat stat;

    sl_script_describe(v->script, &stat);
    return stat.memory_bytes;
}

static bool is_over(const client *c)
{
    return c->exchange->handler_over &&
           (c->phase == SL_PHASE_DONE || c->phase == SL_PHASE_ABORTED ||
            c->exchange->response.phase == SL_PHASE_ABORTED);
}

static void serve_with(vm *v, const char *target, uint64_t more)
{
    client c;
    unsigned turns = 0;

    lua_gc(v->script->lua, LUA_GCCOLLECT, 0);
    client_get(&c, v, target); /* admitted: the limit comes afterwards */
    refuse_above(v, held(v) + more);
    while (!is_over(&c)) {
        CHECK(++turns < TURNS);
        vm_turn(v, &c, 1, 10);
    }
    refuse_above(v, 0);
    CHECK(c.status == 0 || c.status == 200 || c.status >= 500);
    CHECK(client_end(&c));
}

static void check_target(const char *app, const char *target, int jit)
{
    sl_script_stat stat;
    vm v;

    vm_open(&v, app);
    CHECK(luaJIT_setmode(v.script->lua, 0, LUAJIT_MODE_ENGINE | jit) == 1);
    for (uint64_t i = 0; i < STEPS; i++) {
        serve_with(&v, target, i * STEP_BYTES);
    }
    sl_script_describe(v.script, &stat);
    CHECK(stat.handlers == 0 && stat.tasks == 0);
    CHECK(v.pipeline->exchanges.live == 0);
    CHECK(v.pipeline->pieces.live == 0 && v.pipeline->operations.live == 0);
    vm_close(&v);
}

/* Interpreted, where each may fail; and compiled, where those do that are still
 * interpreted, while what compiled code asks for is granted. */
static void check(const char *app, const char *target)
{
    check_target(app, target, LUAJIT_MODE_OFF);
    check_target(app, target, LUAJIT_MODE_ON);
}

static void every_allocation_of_a_handler_may_fail(void **state)
{
    (void)state;
    check("tests/unit/apps/basics.lua", "/hello/you");
}

static void every_allocation_of_a_wait_may_fail(void **state)
{
    (void)state;
    check("tests/unit/apps/basics.lua", "/sleeps");
}

static void every_allocation_of_an_error_may_fail(void **state)
{
    (void)state;
    check("tests/unit/apps/basics.lua", "/fails/with-an-object");
}

static void a_request_that_finds_the_vm_full_gets_503(void **state)
{
    sl_script_stat stat;
    client c;
    vm v;

    (void)state;
    vm_open(&v, "tests/unit/apps/basics.lua");
    lua_gc(v.script->lua, LUA_GCCOLLECT, 0);
    set_limit(&v, held(&v));
    client_get(&c, &v, "/hello/you");
    CHECK(vm_serve(&v, &c, 3));
    CHECK(c.status == 503);
    CHECK(client_end(&c));
    set_limit(&v, 0);
    client_get(&c, &v, "/hello/you");
    CHECK(vm_serve(&v, &c, 3));
    CHECK(c.status == 200);
    CHECK(client_end(&c));
    sl_script_describe(v.script, &stat);
    CHECK(stat.no_memory == 1);
    vm_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_handler_may_fail),
        cmocka_unit_test(every_allocation_of_a_wait_may_fail),
        cmocka_unit_test(every_allocation_of_an_error_may_fail),
        cmocka_unit_test(a_request_that_finds_the_vm_full_gets_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
