#include "http/request_head.h"

#include "http/target.h"

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

/* --- The fields that decide about the message ---------------------------------- */

/* What is known of them after one look at every line. */
typedef struct lines {
    const sl_field *host; /* the last of each name */
    const sl_field *coding;
    uint32_t hosts; /* how many of them there are */
    uint32_t codings;
    uint32_t lengths;
    uint32_t expectations;
    uint32_t unknown; /* of the expectations */
    bool close;
    bool keep_alive;
} lines;

static void note_expectation(lines *found, sl_span value)
{
    found->expectations++;
    found->unknown += IS(value, "100-continue") ? 0 : 1;
}

static void note_connection(lines *found, sl_span list)
{
    found->close = found->close || HAS(list, "close");
    found->keep_alive = found->keep_alive || HAS(list, "keep-alive");
}

static void note(lines *found, const sl_field *field)
{
    switch (field->name.len) { /* most lines are none of these */
    case sizeof("Host") - 1:
        if (IS(field->name, "Host")) {
            found->host = field;
            found->hosts++;
        }
        break;
    case sizeof("Expect") - 1:
        if (IS(field->name, "Expect")) {
            note_expectation(found, field->value);
        }
        break;
    case sizeof("Connection") - 1:
        if (IS(field->name, "Connection")) {
            note_connection(found, field->value);
        }
        break;
    case sizeof("Content-Length") - 1:
        found->lengths += IS(field->name, "Content-Length") ? 1 : 0;
        break;
    case sizeof("Transfer-Encoding") - 1:
        if (IS(field->name, "Transfer-Encoding")) {
            found->coding = field;
            found->codings++;
        }
        break;
    default:
        break;
    }
}

static lines look_at(const sl_fields *fields)
{
    lines found = {0};

    for (uint32_t i = 0; i < fields->count; i++) {
        note(&found, &fields->items[i]);
    }
    return found;
}

/* RFC 9112, 3.2: one Host line, also beside an absolute target, which then
 * overrides it. It may be empty. */
static sl_refusal judge_host(sl_request_head *head, const lines *found)
{
    const sl_field *host = found->host;

    if (host == NULL) {
        return head->version < 11 ? fine : refuse(400, "Host is missing.");
    }
    if (found->hosts > 1) {
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
static sl_refusal judge_framing(const sl_request_head *head, const lines *found)
{
    const sl_field *coding = found->coding;

    if (coding == NULL) {
        return fine;
    }
    if (head->version < 11) {
        return refuse(400, "Transfer-Encoding does not exist in HTTP/1.0.");
    }
    if (found->lengths > 0) {
        return refuse(400, "Content-Length beside Transfer-Encoding.");
    }
    if (!ends_with_chunked(coding->value)) {
        return refuse(400, "The last transfer coding is not chunked.");
    }
    if (found->codings > 1 || coding->value.len != sizeof("chunked") - 1) {
        return refuse(501, "Only the transfer coding chunked is supported.");
    }
    if (head->body_bytes >= 0) { /* llhttp has read it differently: a tab */
        return refuse(400, "Transfer-Encoding is malformed.");
    }
    return fine;
}

static sl_refusal judge_expectation(sl_request_head *head, const lines *found)
{
    if (found->expectations == 0 || head->version < 11) {
        return fine; /* RFC 9110, 10.1.1: ignored in HTTP/1.0 */
    }
    if (found->unknown > 0) {
        return refuse(417, "Only the expectation 100-continue is known.");
    }
    head->expects_continue = head->body_bytes != 0;
    return fine;
}

sl_refusal sl_request_head_judge(sl_request_head *head)
{
    lines found = look_at(&head->fields);
    sl_refusal refusal = judge_target(head);

    if (refusal.status == 0) {
        refusal = judge_host(head, &found);
    }
    if (refusal.status == 0) {
        refusal = judge_framing(head, &found);
    }
    if (refusal.status == 0) {
        refusal = judge_expectation(head, &found);
    }
    head->keep_alive =
        (found.keep_alive || head->version >= 11) && !found.close;
    return refusal;
}
