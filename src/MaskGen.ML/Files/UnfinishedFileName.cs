using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace MaskGen.ML.Files;

/// <summary>The name of a file that is not complete: it says which process writes it.</summary>
/// <param name="Host">Tells apart processes that cannot see each other: of other machines, other containers, or before a restart.</param>
/// <param name="ProcessId">Id of the process there.</param>
/// <param name="Started">When it started, since ids are used again.</param>
/// <param name="Number">Counts the files of the process.</param>
internal readonly record struct UnfinishedFileName(uint Host, int ProcessId, ulong Started, int Number)
{
    private const string Prefix = ".mg-";
    private const string Extension = ".tmp";

    private static readonly Lazy<UnfinishedFileName> OfThisProcess =
        new(() => new(ThisHost(), Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0, 0));

    private static int _lastNumber;

    /// <summary>Whether a process that this one can see has it.</summary>
    public bool IsOfThisHost => Host == OfThisProcess.Value.Host;

    /// <summary>Whether the process still runs; only for one of this host.</summary>
    public bool IsProcessAlive => StartOf(ProcessId) == Started;

    /// <summary>A new name.</summary>
    public static string Next() => (OfThisProcess.Value with { Number = Interlocked.Increment(ref _lastNumber) }).ToString();

    /// <summary>Reads a name; null for that of any other file.</summary>
    public static UnfinishedFileName? TryParse(string name)
    {
        var isLongEnough = name.Length >= Prefix.Length + Extension.Length;
        if (!isLongEnough || !name.StartsWith(Prefix, StringComparison.Ordinal) || !name.EndsWith(Extension, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = name[Prefix.Length..^Extension.Length].Split('-');
        return parts is [{ Length: 8 } host, var id, var started, var number]
            && uint.TryParse(host, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hostValue)
            && int.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var idValue)
            && ulong.TryParse(started, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var startedValue)
            && int.TryParse(number, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var numberValue)
            && new UnfinishedFileName(hostValue, idValue, startedValue, numberValue) is var parsed
            && parsed.ToString() == name
                ? parsed
                : null;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Host:x8}-{ProcessId:x}-{Started:x}-{Number:x}{Extension}");

    // Process ids mean the same in one container (which has an id space of its own) since its kernel started.
    private static uint ThisHost()
    {
        var text = Environment.MachineName;
        if (OperatingSystem.IsLinux())
        {
            text = (TryRead(() => File.ReadAllText("/proc/sys/kernel/random/boot_id")) ?? text)
                + TryRead(() => new FileInfo("/proc/self/ns/pid").LinkTarget);
        }

        return (uint)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>When a process started, in a unit that does not change while it runs; null where there is none of this id.</summary>
    private static ulong? StartOf(int processId)
    {
        if (OperatingSystem.IsLinux())
        {
            // Field 22, the second being the program's name in parentheses, which may contain anything; the third is Z for a process that
            // has ended and that its parent has not asked about.
            var status = TryRead(() => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat")));
            var fields = status?[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var isAlive = fields?.Length > 19 && fields[0] is not ("Z" or "X");
            return isAlive && ulong.TryParse(fields![19], CultureInfo.InvariantCulture, out var ticks) ? ticks : null;
        }

        try
        {
            using var process = Process.GetProcessById(processId);
            return (ulong)process.StartTime.ToFileTimeUtc();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or NotSupportedException)
        {
            // It is there, and its start is not to be known.
            return 0;
        }
    }

    private static string? TryRead(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
