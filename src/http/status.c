#include "http/status.h"

#include <stddef.h>

/* By class and place in it: what is missing reads as NULL. */
static const char *const interim[] = {"Continue", "Switching Protocols",
                                      "Processing", "Early Hints"};

static const char *const success[] = {
    "OK",
    "Created",
    "Accepted",
    "Non-Authoritative Information",
    "No Content",
    "Reset Content",
    "Partial Content",
    "Multi-Status",
    "Already Reported",
    [26] = "IM Used",
};

static const char *const redirection[] = {
    "Multiple Choices",
    "Moved Permanently",
    "Found",
    "See Other",
    "Not Modified",
    "Use Proxy",
    [7] = "Temporary Redirect",
    "Permanent Redirect",
};

static const char *const client_error[] = {
    "Bad Request",
    "Unauthorized",
    "Payment Required",
    "Forbidden",
    "Not Found",
    "Method Not Allowed",
    "Not Acceptable",
    "Proxy Authentication Required",
    "Request Timeout",
    "Conflict",
    "Gone",
    "Length Required",
    "Precondition Failed",
    "Content Too Large",
    "URI Too Long",
    "Unsupported Media Type",
    "Range Not Satisfiable",
    "Expectation Failed",
    [21] = "Misdirected Request",
    "Unprocessable Content",
    "Locked",
    "Failed Dependency",
    "Too Early",
    "Upgrade Required",
    [28] = "Precondition Required",
    "Too Many Requests",
    [31] = "Request Header Fields Too Large",
    [51] = "Unavailable For Legal Reasons",
};

static const char *const server_error[] = {
    "Internal Server Error",
    "Not Implemented",
    "Bad Gateway",
    "Service Unavailable",
    "Gateway Timeout",
    "HTTP Version Not Supported",
    "Variant Also Negotiates",
    "Insufficient Storage",
    "Loop Detected",
    [11] = "Network Authentication Required",
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct {
    const char *const *names;
    size_t count;
} classes[] = {
    {interim, COUNT(interim)},           /* 1xx */
    {success, COUNT(success)},           /* 2xx */
    {redirection, COUNT(redirection)},   /* 3xx */
    {client_error, COUNT(client_error)}, /* 4xx */
    {server_error, COUNT(server_error)}, /* 5xx */
};

const char *sl_status_reason(int status)
{
    size_t place = (size_t)(status % 100);
    const char *name = NULL;

    if (status >= 100 && status <= 599 &&
        place < classes[status / 100 - 1].count) {
        name = classes[status / 100 - 1].names[place];
    }
    return name != NULL ? name : "";
}
