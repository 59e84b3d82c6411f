namespace MaskGen.ML.Models;

/// <summary>Suggests official names for misspelt ones.</summary>
internal static class HubSuggestions
{
    // Of the letters of a name, the share that a typing error may change.
    private const int LettersPerError = 5;

    /// <summary>The official names, as part of a sentence.</summary>
    public static string Official { get; } = $"the official ones are {string.Join(", ", Sam2OfficialModel.All.Select(m => m.Name))}";

    /// <summary>A sentence with the official name that is nearly this one, after a space; empty where the name is official or far from
    /// all.</summary>
    public static string For(string name)
    {
        var model = BareName(name);
        if (Sam2OfficialModel.Find(name) is not null)
        {
            return string.Empty;
        }

        var (nearest, distance) = Sam2OfficialModel.All
            .Select(official => (official.Name, Distance: Distance(model, BareName(official.Name))))
            .MinBy(candidate => candidate.Distance);
        return distance <= model.Length / LettersPerError ? $" Did you mean {nearest}? Of Meta's models {Official}." : string.Empty;
    }

    private static string BareName(string name) => name[(name.LastIndexOf('/') + 1)..].ToLowerInvariant();

    // Levenshtein's, row by row: letters to insert, delete or replace.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
