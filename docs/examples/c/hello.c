/* Hello from C: ./hello [address] */
#include <sluice/sluice.h>
#include <stdio.h>

static sl_status hello(sl_request *request, sl_response *response,
                       uint32_t generation, void *context)
{
    return sl_response_write(response, generation, "Hello, world!\n", 14);
}

int main(int argc, char **argv)
{
    sl_server *server = sl_server_create();
    int failed = sl_server_handle(server, "GET", "/", hello, NULL) < 0 ||
                 (argc > 1 && sl_server_set(server, "listen", argv[1]) < 0) ||
                 sl_server_run(server) < 0;

    fprintf(stderr, "%s\n", sl_server_error(server));
    sl_server_destroy(server);
    return failed;
}
