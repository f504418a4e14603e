/*
 * client_parts - what client.c and submit.c share. Not for anybody else.
 */
#ifndef COMMON_CLIENT_CLIENT_PARTS_H
#define COMMON_CLIENT_CLIENT_PARTS_H

#include "common/client/client.h"

#define CLIENT_PROBLEM_MAX 600

struct client {
	struct client_link link;
	struct client_frames frames; /* of the last message */
	struct buf out;
	struct buf problem;
	struct buf problem_field;
	uint64_t last_id;
	int64_t timeout_ms;
	int64_t connect_ms;
};

uint64_t client_next_id(struct client *client);
NODISCARD enum err client_send(struct client *client, struct span frame);
/* The next message that can be decoded, before the deadline. ERR_UNAVAILABLE: none;
 * what cannot be decoded is dropped: it answers nothing. */
NODISCARD enum err client_receive(struct client *client, struct mono deadline,
                                  struct wire_message *m);
struct mono client_now(const struct client *client);
/* Keeps what an ERROR or NACK says; its code, ERR_BAD_MESSAGE if unknown. */
enum err client_take_problem(struct client *client, struct span code,
                             struct span field);

#endif
