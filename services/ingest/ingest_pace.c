#include "services/ingest/ingest_pace.h"

void
pace_note(struct pace *p, uint64_t head, uint64_t bytes)
{
	if (head == p->head)
		return;
	p->bytes += bytes;
	if (p->head == 0 || head > p->head + PACE_COMMITS) {
		p->head = head;
		p->first = head;
		p->at[head % PACE_COMMITS] = p->bytes;
	}
	while (p->head < head)
		p->at[++p->head % PACE_COMMITS] = p->bytes;
}

bool
pace_is_ahead(const struct pace *p, uint64_t next)
{
	uint64_t folded = next - 1;

	if (next == 0 || folded < p->first || folded > p->head ||
	    p->head - folded >= PACE_COMMITS)
		return false;
	return p->bytes - p->at[folded % PACE_COMMITS] > PACE_BYTES;
}
