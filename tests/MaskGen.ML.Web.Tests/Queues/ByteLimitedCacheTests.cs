namespace MaskGen.ML.Web.Tests.Queues;

public class ByteLimitedCacheTests
{
    [Fact]
    public void Set_AboveTheLimit_DropsWhatWasUsedLeastRecently()
    {
        var dropped = new List<string>();
        var cache = new ByteLimitedCache<int, string>(30, dropped.Add);
        cache.Set(1, "one", 10);
        cache.Set(2, "two", 10);
        cache.Set(3, "three", 10);
        Assert.True(cache.TryGet(1, out _));

        cache.Set(4, "four", 15);

        Assert.Equal(["two", "three"], dropped);
        Assert.Equal((25, 2), (cache.Bytes, cache.Count));
        cache.Set(5, "huge", 31);
        Assert.False(cache.TryGet(5, out _));
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void Set_SameKey_ReplacesTheValue()
    {
        var cache = new ByteLimitedCache<int, string>(30);
        cache.Set(1, "one", 10);
        cache.Set(1, "uno", 12);

        Assert.True(cache.TryGet(1, out var value));
        Assert.Equal(("uno", 12L), (value, cache.Bytes));
    }
}
