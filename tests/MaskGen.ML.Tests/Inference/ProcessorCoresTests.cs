using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class ProcessorCoresTests
{
    [Theory]
    [InlineData(new[] { "0", "1" }, 2, 2)] // a virtual machine with two cores
    [InlineData(new[] { "0,2", "1,3", "0,2", "1,3" }, 4, 2)] // two threads a core
    [InlineData(new[] { "0-1", "0-1" }, 2, 1)]
    [InlineData(new[] { "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7" }, 3, 3)] // a container that may use three
    [InlineData(new[] { "0", "1", "2,3", "2,3" }, 4, 3)] // fast cores with two threads, slow ones with one
    public void Count_IsCoresAndNotTheirThreads(string[] siblings, int processors, int expected)
    {
        using var folder = new TestFolder();
        for (var i = 0; i < siblings.Length; i++)
        {
            var topology = Directory.CreateDirectory(Path.Combine(folder.Path, $"cpu{i}", "topology")).FullName;
            File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), siblings[i] + "\n");
        }

        Directory.CreateDirectory(Path.Combine(folder.Path, "cpufreq"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "cpuidle"));
        Assert.Equal(expected, ProcessorCores.Count(folder.Path, processors));
    }

    [Fact]
    public void Count_WhereTheSystemTellsNothing_IsTheProcessors()
    {
        using var folder = new TestFolder();
        Assert.Equal(4, ProcessorCores.Count(folder.Path, 4));
        Assert.Equal(5, ProcessorCores.Count(Path.Combine(folder.Path, "nothing"), 5));
    }

    [Fact]
    public void Number_OnLinux_IsWithinTheProcessorsOfThisProcess()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.InRange(ProcessorCores.Number!.Value, 1, Environment.ProcessorCount);
        }
        else
        {
            Assert.Null(ProcessorCores.Number);
        }
    }
}
