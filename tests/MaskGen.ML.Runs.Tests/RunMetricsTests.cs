using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What services hear of a worker.</summary>
public sealed class RunMetricsTests : IDisposable
{
    // Other tests work at the same time; what is measured on behalf of this one carries it along.
    private static readonly AsyncLocal<bool> IsOfThisTest = new();
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_TellsTheMeterOfImagesMasksAndShards()
    {
        await _run.With(3).WithFile("broken.png", [1, 2, 3]).CreateAsync(4);
        MaskShardResult? result = null;

        var sums = await MeasuredAsync(async run =>
        {
            result = await run.WorkAsync(0, TestContext.Current.CancellationToken);
            await run.WorkAsync(0, TestContext.Current.CancellationToken);
        });

        Assert.Equal(3, sums["maskgen.run.images done"]);
        Assert.Equal(1, sums["maskgen.run.images failed"]);
        Assert.Equal(result!.MaskCount, sums["maskgen.run.masks"]);
        Assert.Equal(1, sums["maskgen.run.shards Committed"]);
        Assert.Equal(1, sums["maskgen.run.shards DoneBefore"]);
        Assert.Equal(4, sums["maskgen.run.image.duration"]);
        Assert.Equal(2, sums["maskgen.run.shard.duration"]);
        await _run.AssertCompleteAsync(failed: 1);
    }

    [Fact]
    public async Task Work_ImageAtWhichTwoHaveDied_CountsAsFailedWithoutATime()
    {
        await _run.With(3).CreateAsync(3);
        _run.WithDeadAttempts(2, "0001.png");

        var sums = await MeasuredAsync(run => run.WorkAsync(0, TestContext.Current.CancellationToken));

        Assert.Equal(2, sums["maskgen.run.images done"]);
        Assert.Equal(1, sums["maskgen.run.images failed"]);
        Assert.Equal(2, sums["maskgen.run.image.duration"]);
        await _run.AssertCompleteAsync(failed: 1);
    }

    // Of counters their sum, of times how many there are.
    private async Task<IReadOnlyDictionary<string, double>> MeasuredAsync(Func<MaskRun, Task> work)
    {
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "MaskGen.ML.Runs")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, 1, tags));
        listener.Start();
        IsOfThisTest.Value = true;
        using var run = await MaskRun.OpenAsync(MaskRunStore.Open(_run.Path), null, TestContext.Current.CancellationToken);
        await work(run);
        IsOfThisTest.Value = false;
        return sums;

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (IsOfThisTest.Value)
            {
                var name = tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}";
                sums.AddOrUpdate(name, value, (_, before) => before + value);
            }
        }
    }
}
