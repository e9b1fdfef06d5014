#include "http/request_head.h"

#include "http/target.h"

#define FIND(head, name, nth) \
    sl_fields_find(&(head)->fields, name, sizeof(name) - 1, nth)
#define HAS(list, token) sl_list_has_token(list, token, sizeof(token) - 1)
#define IS(text, literal) sl_field_is(text, literal, sizeof(literal) - 1)

static const sl_refusal fine = {0, NULL};

static sl_refusal refuse(int status, const char *reason)
{
    return (sl_refusal){status, reason};
}

static sl_refusal judge_target(sl_request_head *head)
{
    sl_target target;

    if (IS(head->method, "CONNECT")) {
        return refuse(501, "This server is no proxy.");
    }
    if (!sl_target_parse(head->target, IS(head->method, "OPTIONS"), &target)) {
        return refuse(400, "The request target is malformed.");
    }
    head->path = target.path;
    head->query = target.query;
    head->host = target.authority;
    return fine;
}

/* RFC 9112, 3.2: one Host line, also beside an absolute target, which then
 * overrides it. It may be empty. */
static sl_refusal judge_host(sl_request_head *head)
{
    const sl_field *host = FIND(head, "Host", 0);

    if (host == NULL) {
        return head->version < 11 ? fine : refuse(400, "Host is missing.");
    }
    if (FIND(head, "Host", 1) != NULL) {
        return refuse(400, "Host is repeated.");
    }
    if (host->value.len > 0 && !sl_is_authority(host->value)) {
        return refuse(400, "Host is malformed.");
    }
    if (head->host.data == NULL) {
        head->host = host->value;
    }
    return fine;
}

static bool ends_with_chunked(sl_span list)
{
    size_t start = list.len;

    while (start > 0 && list.data[start - 1] != ',' &&
           list.data[start - 1] != ' ' && list.data[start - 1] != '\t') {
        start--;
    }
    return IS(((sl_span){list.data + start, list.len - start}), "chunked");
}

/* RFC 9112, 6.1 and 6.3. What goes beyond a plain "chunked" is refused rather
 * than guessed at: two readings of one length are how requests are smuggled. */
static sl_refusal judge_framing(const sl_request_head *head)
{
    const sl_field *coding = FIND(head, "Transfer-Encoding", 0);
    uint32_t lines = 0;

    if (coding == NULL) {
        return fine;
    }
    if (head->version < 11) {
        return refuse(400, "Transfer-Encoding does not exist in HTTP/1.0.");
    }
    if (FIND(head, "Content-Length", 0) != NULL) {
        return refuse(400, "Content-Length beside Transfer-Encoding.");
    }
    for (const sl_field *next = coding; next != NULL;
         next = FIND(head, "Transfer-Encoding", lines)) {
        coding = next;
        lines++;
    }
    if (!ends_with_chunked(coding->value)) {
        return refuse(400, "The last transfer coding is not chunked.");
    }
    if (lines > 1 || coding->value.len != sizeof("chunked") - 1) {
        return refuse(501, "Only the transfer coding chunked is supported.");
    }
    if (head->body_bytes >= 0) { /* llhttp has read it differently: a tab */
        return refuse(400, "Transfer-Encoding is malformed.");
    }
    return fine;
}

static sl_refusal judge_expectation(sl_request_head *head)
{
    const sl_field *expect;

    for (uint32_t i = 0; (expect = FIND(head, "Expect", i)) != NULL; i++) {
        if (head->version < 11) {
            return fine; /* RFC 9110, 10.1.1: ignored */
        }
        if (!IS(expect->value, "100-continue")) {
            return refuse(417, "Only the expectation 100-continue is known.");
        }
        head->expects_continue = head->body_bytes != 0;
    }
    return fine;
}

static void judge_persistence(sl_request_head *head)
{
    const sl_field *line;
    bool close = false;
    bool keep = head->version >= 11;

    for (uint32_t i = 0; (line = FIND(head, "Connection", i)) != NULL; i++) {
        close = close || HAS(line->value, "close");
        keep = keep || HAS(line->value, "keep-alive");
    }
    head->keep_alive = keep && !close;
}

sl_refusal sl_request_head_judge(sl_request_head *head)
{
    sl_refusal refusal = judge_target(head);

    if (refusal.status == 0) {
        refusal = judge_host(head);
    }
    if (refusal.status == 0) {
        refusal = judge_framing(head);
    }
    if (refusal.status == 0) {
        refusal = judge_expectation(head);
    }
    judge_persistence(head);
    return refusal;
}
