#include "supervisor/ports.h"

#include <string.h>

#include "base/memory.h"
#include "worker/channel.h"

static void close_port(const sl_port *port)
{
    for (uint32_t i = 0; i < port->count; i++) {
        sl_socket_remove_file(&port->sockets[i]);
        sl_socket_close(&port->sockets[i]);
    }
    sl_free(port->sockets);
    sl_free(port->text);
}

/* As many as there are slots; the system shares out ports only. */
static sl_status add_sockets(sl_port *port, const sl_net_settings *settings,
                             uint32_t slots, char *error)
{
    sl_status rc = SL_OK;

    if (port->inherited || sl_address_path(&port->sockets[0].address) != NULL) {
        return SL_OK;
    }
    for (uint32_t i = port->count; i < slots && rc == SL_OK; i++) {
        rc = sl_socket_bind_beside(&port->sockets[i], &port->sockets[0],
                                   settings, error);
        port->count += rc == SL_OK;
    }
    return rc;
}

static sl_status open_port(sl_port *port, const char *address,
                           const sl_net_settings *settings, uint32_t slots,
                           char *error)
{
    sl_status rc;

    port->text = sl_strdup(address);
    port->sockets = sl_calloc(slots, sizeof *port->sockets);
    rc = sl_socket_bind(&port->sockets[0], address, settings, error);
    if (rc < 0) {
        return rc;
    }
    port->count = 1;
    return add_sockets(port, settings, slots, error);
}

static sl_status take_port(sl_port *port, int fd, const sl_settings *settings,
                           char *error)
{
    sl_status rc;

    port->text = sl_strdup("");
    port->sockets = sl_calloc(1, sizeof *port->sockets);
    rc = sl_socket_take(&port->sockets[0], fd, &settings->net, error);
    port->count = rc == SL_OK;
    port->sockets[0].address.proxy = sl_settings_want_proxy(settings, fd);
    port->inherited = true;
    return rc;
}

sl_status sl_ports_open(sl_ports *ports, const sl_settings *settings,
                        uint32_t slots, uint32_t inherited, char **error)
{
    size_t count = inherited > 0 ? inherited : settings->listen.count;
    char text[SL_ADDRESS_ERROR];

    *ports = (sl_ports){.ports = sl_calloc(count, sizeof *ports->ports)};
    for (size_t i = 0; i < count; i++) {
        sl_port *port = &ports->ports[i];
        sl_status rc =
            inherited > 0
                ? take_port(port, SL_FIRST_INHERITED + (int)i, settings, text)
                : open_port(port, settings->listen.items[i], &settings->net,
                            slots, text);

        ports->count++;
        if (rc < 0) {
            *error = sl_strdup(text);
            sl_ports_close(ports);
            return rc;
        }
    }
    return SL_OK;
}

/* --- After another life ---------------------------------------------------------- */

/* With the PROXY protocol or without: it is the same socket. */
static bool is_same(const char *a, const char *b)
{
    size_t len = sl_address_text_len(a);

    return len == sl_address_text_len(b) && memcmp(a, b, len) == 0;
}

static sl_port *find(const sl_ports *ports, const char *text)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (ports->ports[i].count > 0 && is_same(ports->ports[i].text, text)) {
            return &ports->ports[i];
        }
    }
    return NULL;
}

static void rename_port(sl_port *port, const char *text)
{
    sl_free(port->text);
    port->text = sl_strdup(text);
    for (uint32_t i = 0; i < port->count; i++) {
        port->sockets[i].address.proxy =
            text[sl_address_text_len(text)] != '\0';
    }
}

/* What is left of slots that are no more is emptied by who has served them. */
static sl_status resize(sl_port *port, const sl_net_settings *settings,
                        uint32_t slots, char *error)
{
    while (port->count > slots) {
        sl_socket_close(&port->sockets[--port->count]);
    }
    port->sockets = sl_realloc(port->sockets, slots * sizeof *port->sockets);
    return add_sockets(port, settings, slots, error);
}

static void move(sl_port *to, sl_port *from)
{
    *to = *from;
    *from = (sl_port){0};
}

static void leave_out(sl_port *port, const sl_log *log, const char *error)
{
    close_port(port);
    *port = (sl_port){0};
    sl_log_line(log, SL_LOG_ERROR, "%s; going on without it", error);
}

static sl_status take_all(sl_ports *ports, const sl_settings *settings,
                          uint32_t slots, sl_ports *left, const sl_log *log,
                          char *error)
{
    for (size_t i = 0; i < settings->listen.count; i++) {
        const char *text = settings->listen.items[i];
        sl_port *before = find(left, text);
        sl_port *port = &ports->ports[ports->count];

        if (before != NULL) {
            move(port, before);
            rename_port(port, text);
            ports->count++;
            if (resize(port, &settings->net, slots, error) < 0) {
                return SL_ESYSTEM;
            }
        } else if (open_port(port, text, &settings->net, slots, error) < 0) {
            leave_out(port, log, error);
        } else {
            ports->count++;
        }
    }
    return ports->count > 0 ? SL_OK : SL_ESYSTEM;
}

sl_status sl_ports_take(sl_ports *ports, const sl_settings *settings,
                        uint32_t slots, sl_ports *left, const sl_log *log,
                        char **error)
{
    char text[SL_ADDRESS_ERROR];
    sl_status rc;

    if (left->count > 0 && left->ports[0].inherited) {
        *ports = *left;
        *left = (sl_ports){0};
        for (size_t i = 0; i < ports->count; i++) {
            sl_socket *socket = &ports->ports[i].sockets[0];

            socket->address.proxy =
                sl_settings_want_proxy(settings, socket->fd);
        }
        return SL_OK;
    }
    *ports = (sl_ports){
        .ports = sl_calloc(settings->listen.count, sizeof *ports->ports)};
    rc = take_all(ports, settings, slots, left, log, text);
    sl_ports_close(left);
    if (rc < 0) {
        *error = sl_strdup(text);
    }
    return rc < 0 ? rc : sl_ports_listen(ports, settings, error);
}

/* --- Use --------------------------------------------------------------------------- */

sl_status sl_ports_listen(sl_ports *ports, const sl_settings *settings,
                          char **error)
{
    char text[SL_ADDRESS_ERROR];

    for (size_t i = 0; i < ports->count; i++) {
        sl_port *port = &ports->ports[i];

        for (uint32_t k = 0; k < port->count && !port->inherited; k++) {
            if (sl_socket_listen(&port->sockets[k], &settings->net, text) < 0) {
                *error = sl_strdup(text);
                return SL_ESYSTEM;
            }
        }
    }
    return SL_OK;
}

char *sl_ports_kinds(const sl_ports *ports)
{
    char *kinds = sl_calloc(ports->count + 1, 1);

    for (size_t i = 0; i < ports->count; i++) {
        kinds[i] = ports->ports[i].sockets[0].address.proxy ? SL_SOCKET_PROXY
                                                            : SL_SOCKET_PLAIN;
    }
    return kinds;
}

int sl_ports_fd(const sl_ports *ports, size_t i, uint32_t slot)
{
    const sl_port *port = &ports->ports[i];

    return port->sockets[port->count > 1 ? slot : 0].fd;
}

void sl_ports_close(sl_ports *ports)
{
    for (size_t i = 0; i < ports->count; i++) {
        close_port(&ports->ports[i]);
    }
    sl_free(ports->ports);
    *ports = (sl_ports){0};
}
