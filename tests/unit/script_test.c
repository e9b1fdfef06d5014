#include "vm.h"

static void a_handler_answers(void **state)
{
    vm v;
    client c;

    vm_open(&v, "app:get('/hello/:name', function(req, res)\n"
                "  res:set('Content-Type', 'text/plain')\n"
                "  res:write('Hello, ', req.params.name, '!\\n', 42)\n"
                "end)");
    client_get(&c, &v, "/hello/J%C3%BCrgen");
    CHECK(vm_serve(&v, &c, 1));
    CHECK(c.status == 200);
    CHECK(client_got(&c, "Hello, J\xC3\xBCrgen!\n42"));
    CHECK(client_end(&c));
    vm_close(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
