using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>The categories of a data set that is being written, by name, in the order in which they come. Not safe for concurrent
/// use.</summary>
internal sealed class CocoCategories
{
    private readonly List<(long Id, string Name, string? Supercategory)> _all = [];
    private readonly Dictionary<string, long> _byName = new(StringComparer.Ordinal);
    private readonly CocoNumbering? _numbering;
    private long _last;

    /// <param name="numbering">Categories that are there from the beginning; null for none.</param>
    public CocoCategories(CocoNumbering? numbering)
    {
        _numbering = numbering;
        _last = numbering?.Categories.Select(category => numbering.OfCategory(category) ?? 0).DefaultIfEmpty().Max() ?? 0;
        foreach (var category in numbering?.Categories ?? [])
        {
            if (numbering!.OfCategory(category) is { } id)
            {
                _all.Add((id, category.Name, category.Supercategory));
                _byName.TryAdd(category.Name, id);
            }
            else if (!_byName.ContainsKey(category.Name))
            {
                Add(category.Name, category.Supercategory);
            }
        }
    }

    /// <summary>The number of the category of a mask.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="unlabelled">Name of the category of masks that have no label.</param>
    public long IdOf(MaskRecord mask, string unlabelled) => _numbering?.OfCategory(mask) ?? IdOf(mask.Label ?? unlabelled);

    /// <summary>Writes the array of categories.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="unlabelled">Name of the category that there is if there is no other.</param>
    public void Write(Utf8JsonWriter json, string unlabelled)
    {
        if (_all.Count == 0)
        {
            IdOf(unlabelled);
        }

        json.WriteStartArray("categories");
        foreach (var (id, name, supercategory) in _all)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("name", name);
            if (supercategory is not null)
            {
                json.WriteString("supercategory", supercategory);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private long IdOf(string name) => _byName.TryGetValue(name, out var id) ? id : Add(name, name);

    private long Add(string name, string? supercategory)
    {
        _all.Add((++_last, name, supercategory));
        _byName[name] = _last;
        return _last;
    }
}
