#include "tests/sim/sim.h"

#include <errno.h>

#include <lmdb.h>

#include "tests/lib/random.h"

const char *const fault_names[FAULTS] = {
#define X(constant, text, rate) [FAULT_##constant] = (text),
    FAULT_TABLE(X)
#undef X
};

static const uint32_t highest[FAULTS] = {
#define X(constant, text, rate) [FAULT_##constant] = (rate),
    FAULT_TABLE(X)
#undef X
};

/* The plan of the turn that runs; LMDB has no way to hand it through. */
static struct plan *plan_now;

/* Each seed has about half of the faults, each at a rate of its own. */
void
faults_choose(struct sim *s)
{
	for (int kind = 0; kind < FAULTS; kind++) {
		s->rates[kind] = 0;
		if (below(&s->random, 2) == 0 && highest[kind] > 0)
			s->rates[kind] =
			    1 + (uint32_t)below(&s->random, highest[kind]);
	}
}

bool
fault(struct sim *s, enum fault_kind kind)
{
	if (!s->harm || s->rates[kind] == 0 ||
	    below(&s->random, 1000) >= s->rates[kind])
		return false;
	s->campaign->fired[kind]++;
	return true;
}

static bool
wanted(struct sim *s, enum fault_kind kind)
{
	return s->harm && below(&s->random, 1000) < s->rates[kind];
}

/* They count as fired when LMDB was really reached, not when planned. */
void
plan_begin(struct sim *s, struct plan *plan)
{
	static const enum fault_kind ends[] = {
	    FAULT_CRASH_BEFORE, FAULT_CRASH_AFTER, FAULT_COMMIT,
	    FAULT_COMMIT_LOST, FAULT_COMMIT_KEPT};

	*plan = (struct plan){.end = FAULTS};
	if (wanted(s, FAULT_PUT))
		plan->fail_put = 1 + (uint32_t)below(&s->random, 20);
	plan->begin = wanted(s, FAULT_BEGIN);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (plan->end == FAULTS && wanted(s, ends[i]))
			plan->end = ends[i];
	}
	plan_now = plan;
}

bool
plan_end(struct sim *s, struct plan *plan)
{
	plan_now = NULL;
	for (int kind = 0; kind < FAULTS; kind++) {
		s->campaign->fired[kind] += plan->fired[kind];
		if (plan->fired[kind])
			sim_trace(s, "  %s", fault_names[kind]);
	}
	return plan->fired[FAULT_CRASH_BEFORE] ||
	       plan->fired[FAULT_CRASH_AFTER] ||
	       plan->fired[FAULT_COMMIT_LOST] || plan->fired[FAULT_COMMIT_KEPT];
}

/* The linker sends LMDB's calls of the product here (--wrap); the names are its. */
/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) */
int __real_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data,
                   unsigned flags);
int __wrap_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data,
                   unsigned flags);
int __real_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags,
                         MDB_txn **txn);
int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags,
                         MDB_txn **txn);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

int
__wrap_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data,
               unsigned flags)
{
	struct plan *plan = plan_now;

	if (plan != NULL && plan->fail_put > 0 && --plan->fail_put == 0) {
		plan->fired[FAULT_PUT] = true;
		return ENOSPC;
	}
	return __real_mdb_put(txn, dbi, key, data, flags);
}

int
__wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags,
                     MDB_txn **txn)
{
	struct plan *plan = plan_now;

	if (plan != NULL && plan->begin) {
		plan->begin = false;
		plan->fired[FAULT_BEGIN] = true;
		return ENOMEM;
	}
	return __real_mdb_txn_begin(env, parent, flags, txn);
}

int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
	struct plan *plan = plan_now;
	enum fault_kind end = plan != NULL ? plan->end : FAULTS;
	int code;

	if (end == FAULTS)
		return __real_mdb_txn_commit(txn);
	plan->end = FAULTS;
	plan->fired[end] = true;
	if (end == FAULT_CRASH_AFTER)
		return __real_mdb_txn_commit(txn);
	if (end == FAULT_COMMIT_KEPT) {
		code = __real_mdb_txn_commit(txn);
		return code != 0 ? code : EIO;
	}
	mdb_txn_abort(txn);
	return end == FAULT_COMMIT ? ENOSPC : EIO;
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */
