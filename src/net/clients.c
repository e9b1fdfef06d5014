#include "net/clients.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include "base/memory.h"

enum { FIRST_BUCKETS = 64 };

void sl_clients_init(sl_clients *clients)
{
    *clients = (sl_clients){.nbuckets = FIRST_BUCKETS};
    clients->buckets = sl_calloc(FIRST_BUCKETS, sizeof(sl_client *));
    if (getrandom(&clients->seed, sizeof clients->seed, GRND_NONBLOCK) < 0) {
        clients->seed = (uintptr_t)clients; /* as random as the loader */
    }
}

void sl_clients_deinit(sl_clients *clients)
{
    assert(clients->count == 0);
    sl_free(clients->buckets);
}

static sl_ip key_of(const sl_ip *ip)
{
    sl_ip key = *ip;

    if (!sl_ip_is_v4(ip)) {
        memset(key.bytes + 8, 0, 8);
    }
    return key;
}

/* The finisher of splitmix64, over both halves. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static sl_client **bucket_of(const sl_clients *clients, const sl_ip *key)
{
    uint64_t halves[2];

    memcpy(halves, key->bytes, sizeof halves);
    return &clients->buckets[mix(mix(halves[0] ^ clients->seed) ^ halves[1]) &
                             (clients->nbuckets - 1)];
}

static void put(sl_clients *clients, sl_client *client)
{
    sl_client **bucket = bucket_of(clients, &client->ip);

    client->next = *bucket;
    *bucket = client;
}

static void grow(sl_clients *clients)
{
    sl_client **old = clients->buckets;
    size_t nold = clients->nbuckets;

    clients->nbuckets = nold * 2;
    clients->buckets = sl_calloc(clients->nbuckets, sizeof *old);
    for (size_t i = 0; i < nold; i++) {
        while (old[i] != NULL) {
            sl_client *client = old[i];

            old[i] = client->next;
            put(clients, client);
        }
    }
    sl_free(old);
}

sl_client *sl_clients_enter(sl_clients *clients, const sl_ip *ip)
{
    sl_ip key = key_of(ip);
    sl_client *client = *bucket_of(clients, &key);

    while (client != NULL && memcmp(&client->ip, &key, sizeof key) != 0) {
        client = client->next;
    }
    if (client == NULL) {
        if (clients->count == clients->nbuckets) {
            grow(clients);
        }
        client = sl_calloc(1, sizeof *client);
        client->ip = key;
        put(clients, client);
        clients->count++;
    }
    client->connections++;
    return client;
}

void sl_clients_leave(sl_clients *clients, sl_client *client)
{
    sl_client **link = bucket_of(clients, &client->ip);

    if (--client->connections > 0) {
        return;
    }
    while (*link != client) {
        link = &(*link)->next;
    }
    *link = client->next;
    clients->count--;
    sl_free(client);
}
