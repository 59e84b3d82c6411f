using MaskGen.ML.Runs.Hangfire;

namespace MaskGen.ML.Runs.Tests;

/// <summary>How many connections are opened, and where to.</summary>
public sealed class QueueAddressTests
{
    [Theory]
    [InlineData("Host=db;Database=d", 3)]
    [InlineData("Host=db;Database=d;Maximum Pool Size=100", 100)]
    [InlineData("Host=db;Database=d;MaxPoolSize=2", 2)]
    [InlineData("Host=db;Database=d;Minimum Pool Size=6", 6)]
    [InlineData("postgresql://u:p@db/d", 3)]
    [InlineData("postgresql://u:p@db/d?Maximum%20Pool%20Size=100", 100)]
    public void Parse_AnyAddress_TakesTheConnectionsThatItNames(string text, int expected)
    {
        var address = QueueAddress.Parse(text, new MaskRunQueueOptions());

        Assert.Equal(("db", "d", expected), (address.Host, address.Database, address.MaxPoolSize));
    }

    [Theory]
    [InlineData("Host=db;Maximum Pool Size=1")]
    [InlineData("postgresql://db/d?Maximum%20Pool%20Size=1")]
    public void Parse_OneConnectionOnly_IsRefused(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => QueueAddress.Parse(text, new MaskRunQueueOptions()));

        Assert.Contains("'Maximum Pool Size' to be 2 or more, found 1", error.Message, StringComparison.Ordinal);
    }
}
