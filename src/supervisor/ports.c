#include "supervisor/ports.h"

#include "base/memory.h"

static sl_status open_port(sl_port *port, const char *address,
                           const sl_net_settings *settings, uint32_t slots,
                           char *error)
{
    sl_status rc;

    port->sockets = sl_calloc(slots, sizeof *port->sockets);
    rc = sl_socket_bind(&port->sockets[0], address, settings, error);
    if (rc < 0) {
        return rc;
    }
    port->count = 1;
    if (sl_address_path(&port->sockets[0].address) != NULL) {
        return SL_OK; /* the system shares out ports only */
    }
    for (uint32_t i = 1; i < slots && rc == SL_OK; i++) {
        rc = sl_socket_bind_beside(&port->sockets[i], &port->sockets[0],
                                   settings, error);
        port->count += rc == SL_OK;
    }
    return rc;
}

static sl_status take_port(sl_port *port, int fd,
                           const sl_net_settings *settings, char *error)
{
    sl_status rc;

    port->sockets = sl_calloc(1, sizeof *port->sockets);
    rc = sl_socket_take(&port->sockets[0], fd, settings, error);
    port->count = rc == SL_OK;
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
        sl_status rc = inherited > 0
                           ? take_port(port, SL_FIRST_INHERITED + (int)i,
                                       &settings->net, text)
                           : open_port(port, settings->listen.items[i],
                                       &settings->net, slots, text);

        ports->count++;
        if (rc < 0) {
            *error = sl_strdup(text);
            sl_ports_close(ports);
            return rc;
        }
    }
    return SL_OK;
}

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

int sl_ports_fd(const sl_ports *ports, size_t i, uint32_t slot)
{
    const sl_port *port = &ports->ports[i];

    return port->sockets[port->count > 1 ? slot : 0].fd;
}

void sl_ports_close(sl_ports *ports)
{
    for (size_t i = 0; i < ports->count; i++) {
        sl_port *port = &ports->ports[i];

        for (uint32_t k = 0; k < port->count; k++) {
            sl_socket_remove_file(&port->sockets[k]);
            sl_socket_close(&port->sockets[k]);
        }
        sl_free(port->sockets);
    }
    sl_free(ports->ports);
    *ports = (sl_ports){0};
}
