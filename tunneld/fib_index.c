/* SPDX-License-Identifier: BSD-2-Clause */
/* Indexes of paths, and the counters that belong to them. See fib.h. */
#include <errno.h>
#include <stdlib.h>

#include "tunneld/fib_parts.h"

struct fib_path *fib_path_at(const struct fib *fib, uint32_t index)
{
	return index < fib->n_paths ? fib->paths[index] : NULL;
}

static int grow_to(void *array_, size_t n, size_t size)
{
	void **array = array_, *new = realloc(*array, n * size);

	if (!new)
		return -ENOMEM;
	*array = new;
	return 0;
}

struct fib_counters *fib_counters_at(const struct fib *fib, uint32_t index)
{
	const struct fib_chunk *chunk = &fib->chunks[index / FIB_CHUNK];

	return chunk->counters + index % FIB_CHUNK;
}

/* All slots of FIB_CHUNK more paths: one block, so that a path needs one pointer to them. Fresh
 * memory is not touched: bindings without traffic have no counters in memory. */
static int chunk_new(struct fib *fib)
{
	size_t n = fib->paths_size ? (size_t)fib->paths_size * 2 : FIB_CHUNK;
	size_t align = _Alignof(struct fib_counters);
	struct fib_chunk *chunk;

	if (fib->n_paths == fib->paths_size) {
		if (n > UINT32_MAX || grow_to(&fib->paths, n, sizeof(*fib->paths)) ||
			grow_to(&fib->free_paths, n, sizeof(*fib->free_paths)) ||
			grow_to(&fib->chunks, n / FIB_CHUNK, sizeof(*fib->chunks)))
			return -ENOMEM;
		/* The ring of free indexes may go round the old end: straighten it out. */
		for (uint32_t i = 0; i < fib->free_first; i++)
			fib->free_paths[fib->paths_size + i] = fib->free_paths[i];
		fib->paths_size = (uint32_t)n;
	}
	chunk = &fib->chunks[fib->n_paths / FIB_CHUNK];
	chunk->block =
		calloc(1, sizeof(struct fib_counters) * FIB_CHUNK * fib->config.n_slots + align);
	if (!chunk->block)
		return -ENOMEM;
	chunk->counters = (void *)(((uintptr_t)chunk->block + align - 1) & ~(uintptr_t)(align - 1));
	return 0;
}

static void clear_count(struct fib_count *c)
{
	atomic_store_explicit(&c->packets, 0, memory_order_relaxed);
	atomic_store_explicit(&c->octets, 0, memory_order_relaxed);
	atomic_store_explicit(&c->last_at, 0, memory_order_relaxed);
}

static void clear_counters(const struct fib *fib, uint32_t index)
{
	struct fib_counters *c = fib_counters_at(fib, index);

	for (uint32_t slot = 0; slot < fib->config.n_slots; slot++, c += FIB_CHUNK) {
		clear_count(&c->in);
		clear_count(&c->out);
		atomic_store_explicit(&c->data_at, 0, memory_order_relaxed);
	}
}

/* The index that was given back longest ago, or a new one. A worker may still count for a path
 * that has just gone: so many others come between that it has long finished when its index is
 * used again. FIB_NONE without memory. */
uint32_t fib_index_take(struct fib *fib)
{
	uint32_t index;

	if (fib->n_free > FIB_CHUNK) {
		index = fib->free_paths[fib->free_first];
		fib->free_first = (fib->free_first + 1) % fib->paths_size;
		fib->n_free--;
		clear_counters(fib, index);
		return index;
	}
	if (fib->n_paths % FIB_CHUNK == 0 && chunk_new(fib) < 0)
		return FIB_NONE;
	return fib->n_paths++;
}

void fib_index_give_back(struct fib *fib, uint32_t index)
{
	fib->paths[index] = NULL;
	fib->free_paths[(fib->free_first + fib->n_free++) % fib->paths_size] = index;
}

void fib_path_sums(const struct fib *fib, const struct fib_path *path, struct fib_sums *out)
{
	const struct fib_counters *c = fib_counters_at(fib, path->index);
	uint64_t at;

	*out = (struct fib_sums) { 0 };
	for (uint32_t slot = 0; slot < fib->config.n_slots; slot++, c += FIB_CHUNK) {
		out->packets_in += atomic_load_explicit(&c->in.packets, memory_order_relaxed);
		out->octets_in += atomic_load_explicit(&c->in.octets, memory_order_relaxed);
		out->packets_out += atomic_load_explicit(&c->out.packets, memory_order_relaxed);
		out->octets_out += atomic_load_explicit(&c->out.octets, memory_order_relaxed);
		at = atomic_load_explicit(&c->in.last_at, memory_order_relaxed);
		out->last_in_at = at > out->last_in_at ? at : out->last_in_at;
		at = atomic_load_explicit(&c->out.last_at, memory_order_relaxed);
		out->last_out_at = at > out->last_out_at ? at : out->last_out_at;
		at = atomic_load_explicit(&c->data_at, memory_order_relaxed);
		out->data_at = at > out->data_at ? at : out->data_at;
	}
}

void fib_index_fini(struct fib *fib)
{
	for (uint32_t i = 0; i * FIB_CHUNK < fib->n_paths; i++)
		free(fib->chunks[i].block);
	free(fib->chunks);
	free(fib->paths);
	free(fib->free_paths);
}
