namespace MaskGen.ML.Cli.Options;

/// <summary>Finds what was probably meant by a word that is none of the known ones.</summary>
internal static class Spelling
{
    // Fewer letters begin too many words.
    private const int FewestOfABeginning = 3;

    /// <summary>The known word that is nearest to a typed one, if one is near: by insertions, deletions, replacements and swaps of
    /// neighbours, of which a third of the word's length may be needed; or the only one that begins with it.</summary>
    public static string? Nearest(string typed, IEnumerable<string> known)
    {
        string[] words = [.. known];
        return NearestOf(typed, words) ?? OnlyWith(typed, words);
    }

    /// <summary>A sentence that asks whether the nearest of the known words was meant, after a space; empty where none is near.</summary>
    public static string Question(string typed, IEnumerable<string> known) =>
        Nearest(typed, known) is { } near ? $" Did you mean '{near}'?" : string.Empty;

    private static string? OnlyWith(string beginning, string[] words)
    {
        var fitting = beginning.TrimStart('-').Length < FewestOfABeginning
            ? []
            : Array.FindAll(words, word => word.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
        return fitting is [var only] ? only : null;
    }

    private static string? NearestOf(string typed, string[] known)
    {
        var best = known
            .Select(word => (Word: word, Distance: Distance(typed, word)))
            .Append((Word: string.Empty, Distance: int.MaxValue))
            .MinBy(candidate => candidate.Distance);
        return best.Distance <= Math.Max(1, best.Word.Length / 3) ? best.Word : null;
    }

    // Optimal string alignment; three rows of the table are enough.
    private static int Distance(string first, string second)
    {
        var (beforeLast, last) = (new int[second.Length + 1], Enumerable.Range(0, second.Length + 1).ToArray());
        for (var i = 1; i <= first.Length; i++)
        {
            var row = new int[second.Length + 1];
            row[0] = i;
            for (var j = 1; j <= second.Length; j++)
            {
                var isSame = char.ToUpperInvariant(first[i - 1]) == char.ToUpperInvariant(second[j - 1]);
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (isSame ? 0 : 1));
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last) = (last, row);
        }

        return last[second.Length];
    }
}
