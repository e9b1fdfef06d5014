/* Listeners: what can be bound, when accepting pauses, how it stops. */
#include "net_world.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "net/socket.h"

static void a_port_in_use_is_an_error_that_says_so(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    world w;

    world_init(&w, sl_net_defaults);
    CHECK(sl_net_listen(w.net, w.bound, bound, error) == SL_ESYSTEM);
    CHECK(strstr(error, w.bound) != NULL);
    CHECK(strstr(error, "another server listens there") != NULL);
    world_deinit(&w);
}

static void port_zero_becomes_a_port(void **state)
{
    world w;

    world_init(&w, sl_net_defaults);
    CHECK(strncmp(w.bound, "127.0.0.1:", 10) == 0);
    CHECK(atoi(w.bound + 10) > 0);
    world_deinit(&w);
}

static void above_the_limit_clients_wait_in_the_queue(void **state)
{
    sl_net_settings settings = sl_net_defaults;
    sl_net_stat stat;
    world w;
    int first;
    int second;

    settings.max_connections = 1;
    world_init(&w, settings);
    first = dial_and_accept(&w);
    second = dial(&w);
    turn_a_while(&w);
    sl_net_describe(w.net, &stat);
    CHECK(stat.connections == 1 && stat.pauses == 1);
    w.last->fate = SL_FATE_CLOSE;
    w.last->output->due(w.last->connection);
    UNTIL(&w, w.net->accepted == 2);
    CHECK(w.live == 1);
    close(first);
    close(second);
    world_deinit(&w);
}

static void without_descriptors_accepting_pauses_and_goes_on(void **state)
{
    struct rlimit before;
    struct rlimit none;
    world w;
    int fd;

    world_init(&w, sl_net_defaults);
    fd = dial(&w);
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 3; /* all in use */
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    UNTIL(&w, w.net->starved);
    CHECK(w.net->pauses == 1 && w.live == 0);
    turn_a_while(&w); /* the listener is not watched: no busy loop */
    CHECK(w.net->pauses == 1);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    sl_timers_run(&w.env.pipeline->timers, w.env.pipeline->now_ms + 100);
    UNTIL(&w, w.live == 1);
    CHECK(!w.net->starved);
    close(fd);
    world_deinit(&w);
}

static void stopping_takes_what_waits_in_the_queue(void **state)
{
    world w;
    int fds[100];

    world_init(&w, sl_net_defaults);
    for (int i = 0; i < 100; i++) {
        fds[i] = dial(&w);
    }
    sl_net_stop_listening(w.net);
    CHECK(w.live == 100);
    for (int i = 0; i < 100; i++) {
        close(fds[i]);
    }
    world_deinit(&w);
}

/* --- Unix sockets ---------------------------------------------------------- */

static void unix_address(char *text)
{
    (void)snprintf(text, 64, "unix:/tmp/sluice-test-%d.sock", (int)getpid());
}

static int bind_unix(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
    CHECK(bind(fd, (struct sockaddr *)&un, sizeof un) == 0);
    CHECK(listen(fd, 1) == 0);
    return fd;
}

static void a_unix_socket_is_removed_when_it_stops(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    char address[64];
    struct stat st;
    world w;

    unix_address(address);
    world_init(&w, sl_net_defaults);
    CHECK(sl_net_listen(w.net, address, bound, error) == SL_OK);
    assert_string_equal(bound, address);
    CHECK(stat(address + 5, &st) == 0 && S_ISSOCK(st.st_mode));
    sl_net_stop_listening(w.net);
    CHECK(stat(address + 5, &st) < 0);
    world_deinit(&w);
}

static void a_socket_that_took_its_place_is_left_alone(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    char address[64];
    struct stat st;
    world w;
    int other;

    unix_address(address);
    world_init(&w, sl_net_defaults);
    CHECK(sl_net_listen(w.net, address, bound, error) == SL_OK);
    CHECK(unlink(address + 5) == 0);
    other = bind_unix(address + 5);
    sl_net_stop_listening(w.net);
    CHECK(stat(address + 5, &st) == 0);
    world_deinit(&w);
    close(other);
    unlink(address + 5);
}

static void a_stale_socket_file_is_replaced(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    char address[64];
    world w;

    unix_address(address);
    close(bind_unix(address + 5)); /* as a killed server leaves it */
    world_init(&w, sl_net_defaults);
    CHECK(sl_net_listen(w.net, address, bound, error) == SL_OK);
    world_deinit(&w);
}

static void a_socket_that_answers_is_in_use(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    char address[64];
    world w;
    int other;

    unix_address(address);
    other = bind_unix(address + 5);
    world_init(&w, sl_net_defaults);
    CHECK(sl_net_listen(w.net, address, bound, error) == SL_ESYSTEM);
    CHECK(strstr(error, "another server") != NULL);
    world_deinit(&w);
    close(other);
    unlink(address + 5);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    char address[64];
    struct stat st;
    FILE *file;
    world w;

    unix_address(address);
    file = fopen(address + 5, "w");
    CHECK(file != NULL && fclose(file) == 0);
    world_init(&w, sl_net_defaults);
    CHECK(sl_net_listen(w.net, address, bound, error) == SL_ESYSTEM);
    CHECK(stat(address + 5, &st) == 0);
    world_deinit(&w);
    unlink(address + 5);
}

static void a_unix_client_that_left_is_noticed(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    char address[64];
    world w;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    unix_address(address);
    world_init(&w, sl_net_defaults);
    w.settings.half_close = true;
    CHECK(sl_net_listen(w.net, address, bound, error) == SL_OK);
    (void)snprintf(un.sun_path, sizeof un.sun_path, "%s", address + 5);
    CHECK(connect(fd, (struct sockaddr *)&un, sizeof un) == 0);
    UNTIL(&w, w.live == 1);
    close(fd);
    UNTIL(&w, w.live == 0);
    world_deinit(&w);
}

static int socket_to(const sl_address *address)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(connect(fd, (const struct sockaddr *)&address->storage,
                  address->len) == 0);
    return fd;
}

/* --- Sockets of several workers --------------------------------------------- */

static void sockets_beside_the_first_share_its_port(void **state)
{
    const sl_net_settings *settings = &sl_net_defaults;
    char error[SL_ADDRESS_ERROR] = "";
    char first_text[SL_ADDRESS_TEXT];
    char second_text[SL_ADDRESS_TEXT];
    sl_socket first;
    sl_socket second;

    CHECK(sl_socket_bind(&first, "127.0.0.1:0", settings, error) == SL_OK);
    CHECK(sl_socket_bind_beside(&second, &first, settings, error) == SL_OK);
    CHECK(sl_socket_listen(&first, settings, error) == SL_OK);
    CHECK(sl_socket_listen(&second, settings, error) == SL_OK);
    sl_address_format(&first.address, first_text);
    sl_address_format(&second.address, second_text);
    assert_string_equal(first_text, second_text);
    sl_socket_close(&first);
    sl_socket_close(&second);
}

static void a_shared_port_is_in_use_for_another_server(void **state)
{
    const sl_net_settings *settings = &sl_net_defaults;
    char error[SL_ADDRESS_ERROR] = "";
    char text[SL_ADDRESS_TEXT];
    sl_socket first;
    sl_socket second;
    sl_socket other;

    CHECK(sl_socket_bind(&first, "127.0.0.1:0", settings, error) == SL_OK);
    CHECK(sl_socket_bind_beside(&second, &first, settings, error) == SL_OK);
    CHECK(sl_socket_listen(&first, settings, error) == SL_OK);
    sl_address_format(&first.address, text);
    CHECK(sl_socket_bind(&other, text, settings, error) == SL_ESYSTEM);
    CHECK(strstr(error, "another server listens there") != NULL);
    sl_socket_close(&first);
    sl_socket_close(&second);
}

static void an_inherited_socket_is_served(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    sl_socket socket;
    world w;
    int client;

    world_init(&w, sl_net_defaults);
    sl_net_stop_listening(w.net);
    CHECK(sl_socket_bind(&socket, "127.0.0.1:0", &sl_net_defaults, error) ==
          SL_OK);
    CHECK(sl_socket_listen(&socket, &sl_net_defaults, error) == SL_OK);
    CHECK(sl_net_adopt(w.net, socket.fd, false, bound, error) == SL_OK);
    assert_int_equal(sl_address_parse(bound, &socket.address, error), SL_OK);
    client = socket_to(&socket.address);
    UNTIL(&w, w.live == 1);
    close(client);
    world_deinit(&w);
}

static void the_file_of_an_inherited_socket_is_not_removed(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    char address[64];
    struct stat st;
    world w;

    unix_address(address);
    world_init(&w, sl_net_defaults);
    CHECK(sl_net_adopt(w.net, bind_unix(address + 5), false, bound, error) ==
          SL_OK);
    assert_string_equal(bound, address);
    sl_net_stop_listening(w.net);
    CHECK(stat(address + 5, &st) == 0);
    world_deinit(&w);
    unlink(address + 5);
}

static void what_does_not_listen_is_not_adopted(void **state)
{
    char error[SL_ADDRESS_ERROR] = "";
    char bound[SL_ADDRESS_TEXT];
    world w;
    int fds[2];

    world_init(&w, sl_net_defaults);
    CHECK(pipe(fds) == 0);
    CHECK(sl_net_adopt(w.net, fds[0], false, bound, error) == SL_EINVAL);
    CHECK(strstr(error, "no stream socket that listens") != NULL);
    close(fds[0]);
    close(fds[1]);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_in_use_is_an_error_that_says_so),
        cmocka_unit_test(port_zero_becomes_a_port),
        cmocka_unit_test(above_the_limit_clients_wait_in_the_queue),
        cmocka_unit_test(without_descriptors_accepting_pauses_and_goes_on),
        cmocka_unit_test(stopping_takes_what_waits_in_the_queue),
        cmocka_unit_test(a_unix_socket_is_removed_when_it_stops),
        cmocka_unit_test(a_socket_that_took_its_place_is_left_alone),
        cmocka_unit_test(a_stale_socket_file_is_replaced),
        cmocka_unit_test(a_socket_that_answers_is_in_use),
        cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
        cmocka_unit_test(a_unix_client_that_left_is_noticed),
        cmocka_unit_test(sockets_beside_the_first_share_its_port),
        cmocka_unit_test(a_shared_port_is_in_use_for_another_server),
        cmocka_unit_test(an_inherited_socket_is_served),
        cmocka_unit_test(the_file_of_an_inherited_socket_is_not_removed),
        cmocka_unit_test(what_does_not_listen_is_not_adopted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
