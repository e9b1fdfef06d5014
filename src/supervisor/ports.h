/* The sockets that the workers listen on, opened and kept by the supervisor, so
 * that replacing a worker resets no connection that waits to be accepted.
 *
 * A port of TCP has one socket for each slot. A unix socket, and one that was
 * inherited from who started the server, is shared by all of them.
 */
#ifndef SLUICE_SUPERVISOR_PORTS_H
#define SLUICE_SUPERVISOR_PORTS_H

#include "net/socket.h"
#include "settings/settings.h"

typedef struct sl_port {
    char *text; /* of the settings; "" when it was inherited */
    sl_socket *sockets;
    uint32_t count; /* one for each slot, or one */
    bool inherited; /* it was listening before */
} sl_port;

typedef struct sl_ports {
    sl_port *ports;
    size_t count;
} sl_ports;

/* Bind every address of the settings, or, with `inherited` descriptors from
 * SL_FIRST_INHERITED on, take those instead. Nobody can connect yet. *error
 * (free) says what is wrong. */
sl_status sl_ports_open(sl_ports *ports, const sl_settings *settings,
                        uint32_t slots, uint32_t inherited, char **error);

/* The same after a life that has left `left` open, which is used where the
 * address is still wanted, and closed where it is not; either way it is empty
 * afterwards. A new address that cannot be opened is logged and left out, as
 * long as there is another one. */
sl_status sl_ports_take(sl_ports *ports, const sl_settings *settings,
                        uint32_t slots, sl_ports *left, const sl_log *log,
                        char **error);

/* From now on clients can connect. */
sl_status sl_ports_listen(sl_ports *ports, const sl_settings *settings,
                          char **error);

/* For SL_TOLD_SERVE: what each of them is. To be free()d. */
char *sl_ports_kinds(const sl_ports *ports);

/* The descriptor of a slot for port `i`. */
int sl_ports_fd(const sl_ports *ports, size_t i, uint32_t slot);

/* Close what is open here. What the workers hold stays open until they have
 * emptied it. */
void sl_ports_close(sl_ports *ports);

#endif
