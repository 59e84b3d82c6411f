using System.CommandLine;
using System.Globalization;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Tool;

/// <summary>The options that say which shards a process does.</summary>
internal sealed class ShardChoice
{
    // What Slurm, Kubernetes (Indexed Jobs) and AWS Batch tell each task of an array.
    private static readonly string[] IndexVariables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

    private readonly Option<int?> _shard = NumberOptions.Whole("--shard", "This shard, from 0", "I", "42");

    private readonly Option<string?> _part = new("--part")
    {
        Description = "The shards I with I mod N = K, where K is from 0 to N-1; 0/1 for all", HelpName = "K/N",
    };

    private readonly Option<int?> _array = NumberOptions.Whole(
        "--array",
        $"As --part, for a task of an array of N: K comes from {string.Join(", ", IndexVariables)}",
        "N",
        "200");

    public void AddTo(Command command)
    {
        command.Add(_shard);
        command.Add(_part);
        command.Add(_array);
    }

    /// <summary>The shards.</summary>
    /// <exception cref="ArgumentException">None of the options is there, or several, or one is out of its range.</exception>
    public IReadOnlyList<int> Read(ParseResult parsed, MaskRun run, UserEnvironment environment)
    {
        var (shard, part, array) = (parsed.GetValue(_shard), parsed.GetValue(_part), parsed.GetValue(_array));
        return (shard, part, array) switch
        {
            ({ } one, null, null) => one >= 0 && one < run.ShardCount
                ? [one]
                : throw new ArgumentException($"{_shard.Name}: expected a shard from 0 to {run.ShardCount - 1}, found {one}."),
            (null, { } text, null) => Part(run, _part.Name, text, Parse(text)),
            (null, null, { } count) => Part(run, _array.Name, $"{count}", (Index(environment), count)),
            _ => throw new ArgumentException(
                $"Expected one of {_shard.Name} I, {_part.Name} K/N ({_part.Name} 0/1 for all shards) and {_array.Name} N, found "
                + $"{(shard is null && part is null && array is null ? "none" : "several")}."),
        };
    }

    private static IReadOnlyList<int> Part(MaskRun run, string option, string text, (int Part, int Count) part) =>
        part.Count >= 1 && part.Part >= 0 && part.Part < part.Count
            ? [.. run.ShardsOfPart(part.Part, part.Count)]
            : throw new ArgumentException(
                $"{option}: expected a part from 0 to {Math.Max(part.Count - 1, 0)} of {text}, found part {part.Part}."
                + (option == "--array" ? $" Number the tasks of the array from 0 to {Math.Max(part.Count - 1, 0)}." : string.Empty));

    private static (int Part, int Count) Parse(string text) =>
        text.Split('/') is [var part, var count]
        && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var partNumber)
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var countNumber)
            ? (partNumber, countNumber)
            : throw new ArgumentException($"--part: expected K/N such as 0/8, found '{text}'.");

    private static int Index(UserEnvironment environment)
    {
        var found = IndexVariables.Select(name => (Name: name, Value: environment.Variable(name)))
            .Where(one => one.Value is not null).ToList();
        if (found.Select(one => one.Value).Distinct().Count() > 1)
        {
            var all = string.Join(" and ", found.Select(one => $"{one.Name}={one.Value}"));
            throw new ArgumentException($"--array: expected one index, found {all}; use --part K/N.");
        }

        return found is [var first, ..]
            ? int.TryParse(first.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : throw new ArgumentException($"{first.Name}: expected a whole number, found '{first.Value}'.")
            : throw new ArgumentException(
                $"--array: expected one of {string.Join(", ", IndexVariables)} in the environment, found none. Elsewhere: --part K/N.");
    }
}
