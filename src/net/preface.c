/* What a load balancer says in front of everything else: a header of the PROXY
 * protocol, where the address that is listened on has "proxy" behind it.
 *
 * Until it is there the connection has a session that has heard nothing. Then it
 * is replaced by one with the client that was told, so that no session ever
 * changes whose it is. */
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/memory.h"
#include "base/rare.h"
#include "http/proxy_header.h"
#include "net/connection.h"

/* Somebody who knocks at the wrong door may do so often. */
enum { WARN_MS = 1000 };

enum { SHOWN_BYTES = 16 /* of what came instead */ };

typedef struct sl_preface {
    sl_address peer; /* of the socket */
    size_t len;  /* bytes of the header, kept as far as they are looked at */
    size_t skip; /* of it that are still to come, once the rest was read */
    char bytes[SL_PROXY_HEADER_BYTES];
} sl_preface;

void sl_preface_await(sl_connection *c, const sl_address *peer)
{
    c->preface = sl_calloc(1, sizeof *c->preface);
    c->preface->peer = *peer;
}

SL_RARE void sl_preface_forget(sl_connection *c)
{
    sl_free(c->preface);
    c->preface = NULL;
}

uint64_t sl_preface_deadline(const sl_connection *c)
{
    return c->opened_ms + c->net->env->settings->header_timeout_ms;
}

/* --- What is wrong with it -------------------------------------------------------- */

static void warn(sl_net *net, const sl_preface *preface, const char *why)
{
    uint64_t now_ms = net->env->pipeline->now_ms;
    size_t len = preface->len < SHOWN_BYTES ? preface->len : SHOWN_BYTES;
    sl_buffer began = {0};
    char text[SL_ADDRESS_TEXT];

    if (now_ms < net->preface_warn_at_ms) {
        return;
    }
    net->preface_warn_at_ms = now_ms + WARN_MS;
    sl_address_format(&preface->peer, text);
    sl_escape_text(&began, preface->bytes, len);
    sl_buffer_append(&began, "", 1);
    sl_log_line(
        net->log, SL_LOG_WARN,
        "a connection from %s was closed: %s; it began with \"%s\" (%" PRIu64
        " refused so far). Does whoever is in front send the PROXY "
        "protocol, as this listener expects?",
        text, why, sl_buffer_data(&began), net->env->stat.prefaces);
    sl_buffer_deinit(&began);
}

/* There is nobody to answer: what would be an answer is none to a balancer. */
static void refuse(sl_connection *c, const char *why)
{
    sl_session_stat *stat = &c->net->env->stat;

    stat->prefaces++;
    stat->changes++;
    warn(c->net, c->preface, why);
    c->doomed = true;
    c->readable = false;
    sl_connection_mark(c);
}

void sl_preface_expire(sl_connection *c)
{
    refuse(c, "its PROXY header took too long");
}

/* --- What it says ------------------------------------------------------------------- */

static bool is_believed(const sl_net *net, const sl_address *peer)
{
    const sl_networks *sources = &net->settings.proxy_sources;
    sl_ip ip;

    if (sources->count == 0 && !sources->has_unix) {
        return true;
    }
    return sl_address_ip(peer, &ip) ? sl_networks_hold(sources, &ip)
                                    : sources->has_unix;
}

static void note_called(sl_connection *c, const sl_proxy_endpoint *called)
{
    sl_address address = sl_address_from_ip(&called->ip, called->port);
    char text[SL_ADDRESS_TEXT];

    sl_address_format(&address, text);
    c->called = sl_strdup(text);
}

/* From now on it is a connection like all others, of the client that was told. */
static void introduce(sl_connection *c, const sl_proxy_header *header)
{
    sl_address client = c->preface->peer;
    sl_session *before = c->session;

    if (header->has_client && is_believed(c->net, &client)) {
        client = sl_address_from_ip(&header->client.ip, header->client.port);
        note_called(c, &header->called);
        sl_connection_greet(c, &client);
        sl_session_destroy(before);
    }
    if (!sl_net_count_client(c->net, &client, &c->client)) {
        sl_net_turn_away(c->net, c->fd);
        c->doomed = true;
        c->readable = false;
    }
    sl_connection_mark(c);
}

/* Take so many bytes of what arrived; it is over when none is missing. */
static size_t skip(sl_connection *c, size_t len)
{
    sl_preface *preface = c->preface;
    size_t taken = len < preface->skip ? len : preface->skip;

    preface->skip -= taken;
    if (preface->skip == 0) {
        sl_preface_forget(c);
    }
    return len - taken;
}

/* --- As it arrives ------------------------------------------------------------------ */

SL_RARE size_t sl_preface_receive(sl_connection *c, const char *data,
                                  size_t len)
{
    sl_preface *preface = c->preface;
    size_t before = preface->len;
    size_t room = sizeof preface->bytes - before;
    size_t kept = len < room ? len : room;
    sl_proxy_header header;
    const char *why;
    sl_status rc;

    if (preface->skip > 0) {
        return skip(c, len);
    }
    if (c->doomed) {
        return 0;
    }
    memcpy(preface->bytes + before, data, kept);
    preface->len += kept;
    rc = sl_proxy_header_read(preface->bytes, preface->len, &header, &why);
    if (rc == SL_EINVAL) {
        refuse(c, why);
        return 0;
    }
    if (rc == SL_EMPTY) {
        return 0;
    }
    introduce(c, &header);
    preface->skip = header.length - before;
    return c->doomed ? 0 : skip(c, len);
}

/* Whoever only looks whether somebody listens is welcome. */
SL_RARE void sl_preface_end(sl_connection *c)
{
    if (c->preface != NULL && !c->doomed && c->preface->len > 0 &&
        c->preface->skip == 0) {
        refuse(c, "it ended within its PROXY header");
    }
}
