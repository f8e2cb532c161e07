// bench_main.cc - the shim over Google Benchmark, whose interface is C++ only.
#include <benchmark/benchmark.h>

#include <cstring>

extern "C" {
#include "tests/micro/bench.h"
}

static const uint64_t batch = 64;

static void run_case(benchmark::State &state, const bench_case *bench)
{
	void *ctx = nullptr;
	const int r = bench->setup ? bench->setup(&ctx, bench->arg) : 0;

	if (r < 0) {
		state.SkipWithError(std::strerror(-r));
		return;
	}
	while (state.KeepRunningBatch(batch))
		bench->run(ctx, batch);
	state.SetItemsProcessed(state.iterations());
	if (bench->teardown)
		bench->teardown(ctx);
}

int main(int argc, char **argv)
{
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 2;
	for (const bench_case *bench = bench_cases; bench->name; bench++)
		benchmark::RegisterBenchmark(bench->name, run_case, bench);
	benchmark::RunSpecifiedBenchmarks();
	benchmark::Shutdown();
	return 0;
}
