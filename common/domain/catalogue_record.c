#include "common/domain/catalogue_record.h"

#include "common/domain/record.h"

static enum err
packed_build(struct span packed, struct catalogue **built)
{
	struct cat_errors errors;
	struct registry registry;
	struct cat_rows rows;
	enum err err;

	registry_init(&registry);
	cat_rows_init(&rows);
	cat_errors_init(&errors);
	err = catalogue_unpack(packed, &registry, &rows);
	if (err == ERR_OK)
		err = catalogue_build(built, &rows, &registry, &errors);
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
	registry_fini(&registry);
	return err;
}

enum err
catalogue_record_build(struct span record, struct catalogue **catalogue_p,
                       uint64_t *version)
{
	struct catalogue *built = NULL;
	struct span packed;
	uint64_t number;
	enum err err = catalogue_record_read(record, &number, &packed);

	if (err == ERR_OK)
		err = packed_build(packed, &built);
	if (err != ERR_OK)
		return err == ERR_NOMEM ? err : ERR_CORRUPT;
	catalogue_free(catalogue_p);
	*catalogue_p = built;
	*version = number;
	return ERR_OK;
}
