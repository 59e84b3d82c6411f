using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>The prompts of files, by image.</summary>
internal sealed class ImagePrompts
{
    private const int NamesSaid = 3;

    private readonly Dictionary<InputFile, List<PromptRow>> _rows = [];

    private ImagePrompts()
    {
    }

    /// <summary>Finds the image of each row.</summary>
    /// <param name="files">Files of boxes and of points.</param>
    /// <param name="images">The images of the run.</param>
    /// <param name="say">Receives what is left out: rows of other images.</param>
    /// <exception cref="InvalidDataException">Rows name no image and there are several, a name fits several images, or rows of one object
    /// contradict each other.</exception>
    public static ImagePrompts Of(IReadOnlyList<PromptFile> files, IReadOnlyList<InputFile> images, Action<string> say)
    {
        var prompts = new ImagePrompts();
        foreach (var file in files)
        {
            foreach (var remark in file.Remarks)
            {
                say(remark);
            }

            prompts.Add(file, images, say);
        }

        foreach (var rows in prompts._rows.Values)
        {
            foreach (var one in Objects(rows))
            {
                ThrowUnlessOneObject(one);
            }
        }

        return prompts;
    }

    /// <summary>Whether there are any for an image.</summary>
    public bool Has(InputFile image) => _rows.ContainsKey(image);

    /// <summary>The prompts of an image, one per object, in the order of the files.</summary>
    /// <param name="image">The image.</param>
    /// <param name="size">Its size.</param>
    /// <param name="label">The label of all of them; null for those of the files.</param>
    /// <exception cref="InvalidDataException">One is off the image, or they are parts of its width and height; the message names the
    /// row.</exception>
    public IReadOnlyList<Sam2Prompt> For(InputFile image, ImageSize size, string? label)
    {
        var rows = _rows[image];
        foreach (var row in rows)
        {
            var problem = row.Box is { } box ? PromptText.Problem(box, size) : PromptText.Problem(row.Point!.Value, size);
            if (problem is not null)
            {
                throw new InvalidDataException($"{row.Where}: {problem}");
            }
        }

        float[] coordinates = [.. rows.SelectMany(Coordinates)];
        if (PromptText.MayBeFractions(coordinates, size)
            && (rows.Exists(row => row.Box is not null) || coordinates.Any(value => !float.IsInteger(value))))
        {
            throw new InvalidDataException(
                $"{rows[0].Where}: expected pixels of the image ({size.Width} x {size.Height}), found coordinates from 0 to 1 only; "
                + "multiply them by its width and height.");
        }

        return [.. Objects(rows).Select(one => ToPrompt(one, label))];
    }

    /// <summary>Where in the files each of these prompts begins, for messages.</summary>
    public IReadOnlyList<string> PlacesOf(InputFile image) =>
        [.. Objects(_rows[image]).Select(one => one[0].Label is { } label ? $"{one[0].Where}, '{label}'" : one[0].Where)];

    private static Sam2Prompt ToPrompt(IReadOnlyList<PromptRow> one, string? label) => new()
    {
        Points = [.. one.Select(row => row.Point).OfType<PointPrompt>()],
        Box = one.Select(row => row.Box).FirstOrDefault(box => box is not null),
        Label = label ?? one.Select(row => row.Label).FirstOrDefault(name => name is not null),
        Score = one.Select(row => row.Score).FirstOrDefault(score => score is not null),
    };

    // Rows with one name of an object are one; those without are objects of their own.
    private static IEnumerable<IReadOnlyList<PromptRow>> Objects(List<PromptRow> rows)
    {
        var named = new Dictionary<string, List<PromptRow>>(StringComparer.Ordinal);
        var objects = new List<List<PromptRow>>();
        foreach (var row in rows)
        {
            if (row.Object is null || !named.TryGetValue(row.Object, out var one))
            {
                objects.Add(one = []);
                if (row.Object is not null)
                {
                    named[row.Object] = one;
                }
            }

            one.Add(row);
        }

        return objects;
    }

    private static void ThrowUnlessOneObject(IReadOnlyList<PromptRow> one)
    {
        if (one.Where(row => row.Box is not null).Skip(1).FirstOrDefault() is { } second)
        {
            var first = one.First(row => row.Box is not null);
            throw new InvalidDataException(
                $"{second.Where}: expected one box for the object '{second.Object}', found another in {first.Where}.");
        }

        if (one.FirstOrDefault(row => row.Label is not null) is { } labelled
            && one.FirstOrDefault(row => row.Label is not null && row.Label != labelled.Label) is { } other)
        {
            throw new InvalidDataException(
                $"{other.Where}: expected '{labelled.Label}' as the label of the object '{other.Object}', as in {labelled.Where}, "
                + $"found '{other.Label}'.");
        }

        if (one.All(row => row.Point?.Label == PointLabel.Background))
        {
            throw new InvalidDataException(
                $"{one[0].Where}: expected a point on the object or a box beside the point off it, found none; "
                + "rows of one object have the same value in a column 'object'.");
        }

        if (one.Count > Sam2Prompt.MaximumPoints)
        {
            throw new InvalidDataException(
                $"{one[^1].Where}: expected at most {Sam2Prompt.MaximumPoints} points for the object '{one[0].Object}', "
                + $"found {one.Count}.");
        }
    }

    private static float[] Coordinates(PromptRow row) => row.Box is { } box
        ? [box.X0, box.Y0, box.X1, box.Y1]
        : [row.Point!.Value.X, row.Point.Value.Y];

    private void Add(PromptFile file, IReadOnlyList<InputFile> images, Action<string> say)
    {
        if (!file.NamesImages)
        {
            if (images.Count > 1 && file.Rows.Count > 0)
            {
                throw new InvalidDataException(
                    $"{file.Path}: expected a column 'image' that says which of the {images.Count} images a row is for, found none.");
            }

            foreach (var row in file.Rows)
            {
                Add(images[0], row);
            }

            return;
        }

        var finder = new ImageFinder(file.Path, images);
        var (left, names) = (0, new HashSet<string>(StringComparer.Ordinal));
        foreach (var row in file.Rows)
        {
            if (row.Image is null)
            {
                throw new InvalidDataException($"{row.Where}: expected the name of an image, as in other rows, found nothing.");
            }

            if (finder.Find(row) is { } image)
            {
                Add(image, row);
            }
            else
            {
                left++;
                names.Add(row.Image);
            }
        }

        if (left > 0)
        {
            var some = string.Join(", ", names.Take(NamesSaid).Select(PrintableText.Escape));
            var rows = Counted.Of(left, "row");
            var others = Counted.Of(names.Count, "image that is", "images that are");
            var more = names.Count > NamesSaid ? ", ..." : string.Empty;
            say($"{file.Path}: {rows} of {others} not among those given, left out ({some}{more}).");
        }
    }

    private void Add(InputFile image, PromptRow row)
    {
        if (!_rows.TryGetValue(image, out var rows))
        {
            _rows[image] = rows = [];
        }

        rows.Add(row);
    }
}
