#include "services/ctl/walk.h"

#include <stdlib.h>

/* Records of one commit at a time; memory is used again. */
struct reading {
	struct span *records;
	uint32_t n_cap;
};

static enum err
commit_read(struct reading *r, struct span packed, struct commit *commit)
{
	enum err err = commit_peek(packed, commit);

	if (err == ERR_OK && commit->n_records > r->n_cap) {
		struct span *grown =
		    realloc(r->records, commit->n_records * sizeof(*grown));

		if (grown == NULL)
			return ERR_NOMEM;
		r->records = grown;
		r->n_cap = commit->n_records;
	}
	if (err == ERR_OK && commit->n_records > 0)
		err = commit_view(packed, commit, r->records);
	return err;
}

static enum err
walk_next(struct walk *walk, struct client_commits *commits, struct reading *r,
          uint64_t *number)
{
	struct commit commit;
	struct span packed;
	enum err err = client_commits_next(commits, 0, &packed);

	if (err != ERR_OK)
		return err;
	if (walk->end == 0)
		walk->end = commits->head;
	err = commit_read(r, packed, &commit);
	if (err != ERR_OK)
		return err;
	*number = commit.number;
	err = walk->each(walk->self, &commit, r->records);
	walk->refused = err != ERR_OK;
	return err;
}

enum err
walk_journal(struct client *client, struct walk *walk)
{
	struct client_commits commits;
	struct reading reading = {.n_cap = 0};
	uint64_t number = 0;
	enum err err = ERR_OK;

	walk->refused = false;
	client_commits_open(client, 1, &commits);
	do
		err = walk_next(walk, &commits, &reading, &number);
	while (err == ERR_OK && number < walk->end);
	free(reading.records);
	return err == ERR_NOT_FOUND && walk->end == 0 ? ERR_OK : err;
}
