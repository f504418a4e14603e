#include "services/ctl/whatif_view.h"

void
whatif_view_init(struct whatif_view *v)
{
	v->mem = NULL;
	alert_init(&v->alert, false);
	map_init(&v->wanted, (size_t)ALERT_READERS_MAX);
}

void
whatif_view_fini(struct whatif_view *v)
{
	alert_fini(&v->alert);
	map_fini(&v->wanted);
	kv_mem_free(&v->mem);
}

enum err
whatif_view_load(struct whatif_view *v, struct span record)
{
	struct alert_key key = alert_key_single(ALERT_TABLE_CATALOGUE);
	struct commit head = {.number = 0};
	enum err err = v->mem == NULL ? kv_mem_new(&v->mem) : ERR_OK;

	if (err != ERR_OK)
		return err;
	kv_put(kv_mem_kv(v->mem), alert_key_span(&key), record);
	err = kv_err(kv_mem_kv(v->mem));
	return err == ERR_OK ? alert_turn_ops.load(&v->alert, kv_mem_kv(v->mem),
	                                           NULL, &head)
	                     : err;
}

enum err
whatif_view_none(struct whatif_view *v)
{
	struct registry registry;
	struct cat_rows rows;
	struct buf packed, record;
	enum err err;

	registry_init(&registry);
	cat_rows_init(&rows);
	buf_init(&packed, CATALOGUE_BYTES_MAX);
	buf_init(&record, CATALOGUE_BYTES_MAX);
	err = catalogue_pack(&registry, &rows, &packed);
	if (err == ERR_OK)
		catalogue_record_write(&record, 1, buf_span(&packed));
	if (err == ERR_OK)
		err = buf_err(&record);
	if (err == ERR_OK)
		err = whatif_view_load(v, buf_span(&record));
	buf_fini(&record);
	buf_fini(&packed);
	cat_rows_fini(&rows);
	registry_fini(&registry);
	return err;
}

bool
whatif_series_has(const struct map *series, uint32_t family, uint32_t unit)
{
	uint32_t key[2] = {family, unit};

	return map_get(series, span_of(key, sizeof(key))) != MAP_NONE;
}

static enum err
series_want(struct whatif_view *v, uint32_t family, uint32_t unit)
{
	uint32_t key[2] = {family, unit};

	return map_put(&v->wanted, span_of(key, sizeof(key)), 1);
}

enum err
whatif_view_want(struct whatif_view *v, const struct binding *b)
{
	const struct catalogue *c = v->alert.catalogue;
	const struct cat_target *t = &c->targets[b->target];
	enum err err = series_want(v, b->family, b->unit);

	for (uint32_t i = 0; i < t->n_versions && err == ERR_OK; i++) {
		struct cat_reference r;

		if (target_reference(&t->versions[i], b->unit, &r))
			err = series_want(
			    v, c->definitions[r.definition].family, r.unit);
	}
	return err;
}
