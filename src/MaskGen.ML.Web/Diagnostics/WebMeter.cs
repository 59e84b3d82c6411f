using System.Diagnostics.Metrics;

namespace MaskGen.ML.Web;

/// <summary>What is counted and measured, under the meter <c>MaskGen.ML.Web</c>.</summary>
internal sealed class WebMeter : IDisposable
{
    public const string Name = "MaskGen.ML.Web";

    private readonly Meter _meter;

    public WebMeter(IMeterFactory factory)
    {
        _meter = factory.Create(Name);
        Clicks = _meter.CreateCounter<long>("maskgen.clicks", "{request}", "Prompts that were answered with masks.");
        Previews = _meter.CreateCounter<long>("maskgen.previews", "{request}", "Previews that were answered with a mask.");
        Overtaken = _meter.CreateCounter<long>("maskgen.previews.overtaken", "{request}", "Previews that newer ones have overtaken.");
        Refused = _meter.CreateCounter<long>("maskgen.refused", "{request}", "Requests that were refused because a queue was full.");
        ClickTime = _meter.CreateHistogram<double>("maskgen.click.duration", "ms", "From the request to its masks.");
        EncodeTime = _meter.CreateHistogram<double>("maskgen.encode.duration", "ms", "The encoding of an image by the model.");
        CacheHits = _meter.CreateCounter<long>("maskgen.embeddings.hits", "{image}", "Embeddings found in memory or on disk.");
        Saves = _meter.CreateCounter<long>("maskgen.annotations.saved", "{file}", "Annotations that were written.");
        Conflicts = _meter.CreateCounter<long>("maskgen.annotations.conflicts", "{request}", "Saves that were refused for a newer one.");
    }

    public Counter<long> Clicks { get; }

    public Counter<long> Previews { get; }

    public Counter<long> Overtaken { get; }

    public Counter<long> Refused { get; }

    public Histogram<double> ClickTime { get; }

    public Histogram<double> EncodeTime { get; }

    public Counter<long> CacheHits { get; }

    public Counter<long> Saves { get; }

    public Counter<long> Conflicts { get; }

    /// <summary>Shows how many bytes of embeddings are in memory.</summary>
    public void Watch(Func<long> embeddingBytes) =>
        _meter.CreateObservableGauge("maskgen.embeddings.bytes", embeddingBytes, "By", "Embeddings in memory.");

    public void Dispose() => _meter.Dispose();
}
