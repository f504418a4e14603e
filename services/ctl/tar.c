#include "services/ctl/tar.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>

#define BLOCK_BYTES 512
#define GZIP_WINDOW (15 + 16) /* zlib's largest, with gzip's head */
#define GZIP_MEMORY 8
#define CHUNK_BYTES 8192

/* As POSIX has it: numbers are octal digits and a NUL, all else text. */
struct tar_head {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char sum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char owner[32];
	char group[32];
	char device[16];
	char prefix[155];
	char pad[12];
};
_Static_assert(sizeof(struct tar_head) == BLOCK_BYTES, "one block");

static void
put_padding(struct buf *out, size_t len)
{
	while (len++ % BLOCK_BYTES != 0)
		buf_put_u8(out, 0);
}

/* Of the bytes of the head, those of the sum counted as spaces. */
static unsigned
head_sum(const struct tar_head *head)
{
	const uint8_t *bytes = (const uint8_t *)head;
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(*head); i++)
		sum += bytes[i];
	return sum;
}

static void
put_octal(char *out, int digits, uint64_t number)
{
	while (digits-- > 0) {
		out[digits] = (char)('0' + (number & 7));
		number >>= 3;
	}
}

void
tar_add(struct buf *out, const char *name, struct span content, int64_t mtime_s)
{
	struct tar_head head = {.mode = "0000600",
	                        .uid = "0000000",
	                        .gid = "0000000",
	                        .type = '0',
	                        .magic = "ustar",
	                        .version = {'0', '0'}};

	assert(strlen(name) <= TAR_NAME_MAX && mtime_s >= 0);
	memcpy(head.name, name, strlen(name));
	put_octal(head.size, 11, content.len);
	put_octal(head.mtime, 11, (uint64_t)mtime_s);
	memset(head.sum, ' ', sizeof(head.sum));
	put_octal(head.sum, 6, head_sum(&head));
	head.sum[6] = '\0';
	buf_put(out, &head, sizeof(head));
	buf_put(out, content.ptr, content.len);
	put_padding(out, content.len);
}

void
tar_end(struct buf *out)
{
	const uint8_t nothing[2 * BLOCK_BYTES] = {0};

	buf_put(out, nothing, sizeof(nothing));
}

enum err
tar_gzip(struct span content, struct buf *out)
{
	/* read only, and the library's type has no const */
	union {
		const uint8_t *in;
		uint8_t *out;
	} ptr = {.in = content.ptr};
	uint8_t chunk[CHUNK_BYTES];
	z_stream z = {.next_in = ptr.out, .avail_in = (uInt)content.len};
	int done = Z_OK;

	if (content.len > UINT32_MAX)
		return ERR_TOO_LARGE;
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
	                 GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return ERR_NOMEM;
	while (done == Z_OK) {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		done = deflate(&z, Z_FINISH);
		buf_put(out, chunk, sizeof(chunk) - z.avail_out);
	}
	(void)deflateEnd(&z);
	assert(done == Z_STREAM_END);
	return buf_err(out);
}
