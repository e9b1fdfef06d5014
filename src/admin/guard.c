/* Who may ask the admin listener. */
#include <string.h>

#include "admin/answers.h"
#include "base/ip.h"

/* Without its port and brackets. */
static sl_span host_only(sl_span host)
{
    const char *colon;

    if (host.len > 0 && host.data[0] == '[') {
        const char *end = memchr(host.data, ']', host.len);

        host = (sl_span){host.data + 1,
                         end != NULL ? (size_t)(end - host.data) - 1 : 0};
        return host;
    }
    colon = host.len > 0 ? memchr(host.data, ':', host.len) : NULL;
    return (sl_span){host.data,
                     colon != NULL ? (size_t)(colon - host.data) : host.len};
}

static bool is_here(sl_span host)
{
    sl_ip ip;

    return (host.len == 9 && strncmp(host.data, "localhost", 9) == 0) ||
           (sl_ip_parse(host.data, host.len, &ip) && sl_ip_is_loopback(&ip));
}

static sl_span part(sl_request *request, uint32_t generation, uint32_t which)
{
    sl_span value = {0};
    sl_status rc = sl_request_part(request, generation, which, &value);

    return rc == SL_OK ? value : (sl_span){0};
}

/* A page of the web can make a browser call us by a name that leads here, so the
 * name has to be ours; on a unix socket it may be anything. */
bool sl_admin_is_called_by_name(const sl_admin *admin, sl_request *request,
                                uint32_t generation)
{
    sl_span peer = part(request, generation, SL_PART_PEER);
    sl_span host = part(request, generation, SL_PART_HOST);

    return admin->settings->admin_public || host.data == NULL ||
           (peer.len >= 5 && strncmp(peer.data, "unix:", 5) == 0) ||
           is_here(host_only(host));
}

/* Only programs on this machine change anything, no pages and no others. */
bool sl_admin_may_change(sl_request *request, uint32_t generation)
{
    sl_span peer = part(request, generation, SL_PART_PEER);
    sl_span origin;

    if (sl_request_header(request, generation, "Origin", 6, 0, &origin) ==
        SL_OK) {
        return false;
    }
    return (peer.len >= 5 && strncmp(peer.data, "unix:", 5) == 0) ||
           is_here(host_only(peer));
}
