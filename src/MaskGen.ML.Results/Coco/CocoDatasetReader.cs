using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Reads COCO data sets.</summary>
internal sealed class CocoDatasetReader
{
    /// <summary>The longest file that is read.</summary>
    public const int MaximumBytes = 1 << 30;

    // A polygon of a few bytes can span an image of 2^31 columns. Filling costs one crossing for each column that a side spans, so
    // crossings are limited: those of one annotation, which are in memory together, and those of the file, in proportion to its size.
    public const long MostCrossingsOfAnnotation = 1 << 23;
    private const long MostCrossingsOfAnyFile = 1 << 25;
    private const long MostCrossingsPerByte = 16;

    private const int FewestNumbersOfPolygon = 6;

    private static readonly string Unlabelled = new CocoDatasetOptions().CategoryName;

    private readonly bool _takesBoxes;
    private long _crossingsLeft;
    private int _boxes;

    private CocoDatasetReader(long crossings, bool takesBoxes)
    {
        (_crossingsLeft, _takesBoxes) = (crossings, takesBoxes);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">UTF-8, with or without a byte order mark.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="crossings">How many crossings a small file may cost.</param>
    /// <param name="say">Receives a line about annotations that have a box and no mask, which are then passed over; null where each is an
    /// error.</param>
    /// <exception cref="InvalidDataException">They are not a COCO data set of masks.</exception>
    public static CocoDataset Parse(
        ReadOnlyMemory<byte> bytes, string source, long crossings = MostCrossingsOfAnyFile, Action<string>? say = null)
    {
        var reader = Create(bytes, crossings, say);
        var dataset = MasksJsonReader.ParseJson(bytes, source, reader.ReadRoot);
        reader.SayBoxes(source, say);
        return dataset;
    }

    /// <summary>Reads a list of results, as pycocotools takes it: an array of masks with <c>image_id</c>, <c>category_id</c>,
    /// <c>segmentation</c> and <c>score</c>.</summary>
    /// <param name="bytes">UTF-8, with or without a byte order mark.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="dataset">Knows the images and categories that the results give by their numbers.</param>
    /// <param name="say">Receives a line about results that have a box and no mask, which are passed over.</param>
    /// <returns>The images that have results, in the order in which they come.</returns>
    /// <exception cref="InvalidDataException">They are no such list, or of images that the data set does not have.</exception>
    public static IReadOnlyList<(CocoImage Image, MaskSet Masks)> ParseResults(
        ReadOnlyMemory<byte> bytes, string source, CocoDataset dataset, Action<string> say)
    {
        var reader = Create(bytes, MostCrossingsOfAnyFile, say);
        var results = MasksJsonReader.ParseJson(bytes, source, root => reader.ReadResults(root, dataset));
        reader.SayBoxes(source, say);
        return results;
    }

    private static CocoDatasetReader Create(ReadOnlyMemory<byte> bytes, long crossings, Action<string>? say) =>
        new(crossings + (MostCrossingsPerByte * bytes.Length), takesBoxes: say is not null);

    private void SayBoxes(string source, Action<string>? say)
    {
        if (_boxes > 0)
        {
            say?.Invoke(
                $"{source}: {_boxes} {(_boxes == 1 ? "annotation has" : "annotations have")} a box and no mask, left out "
                + "(maskgen prompt --boxes makes masks of boxes).");
        }
    }

    private List<(CocoImage Image, MaskSet Masks)> ReadResults(JsonField root, CocoDataset dataset)
    {
        var images = dataset.Images.ToDictionary(image => image.Id);
        var labels = LabelsOf(dataset.Categories);
        var (order, masks) = (new List<CocoImage>(), new Dictionary<long, List<MaskRecord>>());
        foreach (var result in root.Items())
        {
            var fields = result.Fields("image_id", "category_id", "segmentation", "score", "predicted_iou", "bbox");
            var image = images.GetValueOrDefault(fields[0].Integer())
                ?? throw fields[0].Unlike("the id of an image of the data set", $"{fields[0].Integer()}");
            if (!masks.TryGetValue(image.Id, out var ofImage))
            {
                masks[image.Id] = ofImage = [];
                order.Add(image);
            }

            if (IsBoxAlone(fields[2], fields[5]))
            {
                _boxes++;
                continue;
            }

            ofImage.Add(MaskRecord.From(ReadMask(fields[2], image.Masks.ImageSize)) with
            {
                PredictedIou = fields[4].IsMissing ? float.NaN : fields[4].Number(),
                Label = fields[1].IsMissing ? null : labels.GetValueOrDefault(fields[1].Integer()),
                PromptScore = fields[3].IsMissing ? null : fields[3].Double(),
            });
        }

        return [.. order.Select(image => (image, new MaskSet(image.Masks.ImageSize, masks[image.Id])))];
    }

    private bool IsBoxAlone(JsonField segmentation, JsonField box) =>
        _takesBoxes
        && !box.IsMissing
        && (segmentation.IsMissing || (segmentation.Value.ValueKind == JsonValueKind.Array && segmentation.Value.GetArrayLength() == 0));

    private static Dictionary<long, string?> LabelsOf(IEnumerable<CocoCategory> categories)
    {
        var labels = new Dictionary<long, string?>();
        foreach (var category in categories)
        {
            labels.TryAdd(category.Id, LabelOf(category));
        }

        return labels;
    }

    private CocoDataset ReadRoot(JsonField root)
    {
        var fields = root.Fields("images", "annotations", "categories");
        CocoCategory[] categories = fields[2].IsMissing ? [] : [.. fields[2].Items().Select(ReadCategory)];
        var labels = LabelsOf(categories);
        var images = ReadImages(fields[0]);
        foreach (var annotation in fields[1].Items())
        {
            ReadAnnotation(annotation, images, labels);
        }

        return new CocoDataset(
            [.. images.Values.Select(image => new CocoImage(image.Id, image.FileName, image.Size, image.Annotations))], categories);
    }

    private static CocoCategory ReadCategory(JsonField category)
    {
        var fields = category.Fields("id", "name", "supercategory");
        return new CocoCategory(fields[0].Integer(), fields[1].Text(), fields[2].IsMissing ? null : fields[2].Text());
    }

    private static OrderedImages ReadImages(JsonField images)
    {
        var found = new OrderedImages();
        var fileNames = new HashSet<string>(StringComparer.Ordinal);
        foreach (var image in images.Items())
        {
            var fields = image.Fields("id", "file_name", "width", "height");
            var read = new ImageContent(fields[0].Integer(), fields[1].Text(), MaskJsonReader.ReadSize(fields[2], fields[3]), []);
            if (!found.TryAdd(read))
            {
                throw fields[0].Unlike("an id of its own", $"{read.Id}, that of an earlier image");
            }

            if (!fileNames.Add(read.FileName))
            {
                throw fields[1].Unlike("a name of its own", "that of an earlier image");
            }
        }

        return found;
    }

    private void ReadAnnotation(JsonField annotation, OrderedImages images, Dictionary<long, string?> labels)
    {
        string[] names =
        [
            "id", "image_id", "category_id", "iscrowd", "segmentation",
            "predicted_iou", "stability_score", "point_coords", "crop_box", "score", "bbox",
        ];
        var fields = annotation.Fields(names);
        var image = images.Find(fields[1].Integer()) ?? throw fields[1].Unlike("the id of an image of the file");
        long? category = fields[2].IsMissing ? null : fields[2].Integer();
        string? label = null;
        if (category is { } id && labels.Count > 0 && !labels.TryGetValue(id, out label))
        {
            throw fields[2].Unlike("the id of a category of the file");
        }

        if (IsBoxAlone(fields[4], fields[10]))
        {
            _boxes++;
            return;
        }

        var (number, isCrowd) = (fields[0].Integer(), IsCrowd(fields[3]));
        var mask = MaskRecord.From(ReadMask(fields[4], image.Size));
        mask = mask with
        {
            PredictedIou = fields[5].IsMissing ? float.NaN : fields[5].Number(),
            StabilityScore = fields[6].IsMissing ? float.NaN : fields[6].Number(),
            Points = fields[7].IsMissing ? [] : [.. MaskJsonReader.ReadPoints(fields[7])],
            CropBox = fields[8].IsMissing ? mask.CropBox : MaskJsonReader.ReadBox(fields[8]),
            Label = label,
            PromptScore = fields[9].IsMissing ? null : fields[9].Double(),
            Source = new SourceAnnotation(number, category, isCrowd),
        };
        image.Annotations.Add(new CocoAnnotation(number, category, isCrowd, mask));
    }

    // The writer's category of masks without a label is none.
    private static string? LabelOf(CocoCategory category) =>
        category.Name.Length == 0 || (category.Name, category.Supercategory) == (Unlabelled, Unlabelled) ? null : category.Name;

    private static bool IsCrowd(JsonField field) =>
        !field.IsMissing && (field.Integer() is var number and <= 1 ? number == 1 : throw field.Unlike("0 or 1"));

    private RunLengthEncoding ReadMask(JsonField segmentation, ImageSize size) => segmentation.Value.ValueKind switch
    {
        JsonValueKind.Object => MaskJsonReader.ReadSegmentation(segmentation, size),
        JsonValueKind.Array => ReadPolygons(segmentation, size),
        _ => throw segmentation.Unlike("run lengths or polygons"),
    };

    private RunLengthEncoding ReadPolygons(JsonField segmentation, ImageSize size)
    {
        MaskPolygon[] polygons = [.. segmentation.Items().Select(ReadPolygon)];
        if (polygons.Length == 0)
        {
            throw segmentation.Unlike("run lengths or polygons", "an empty array");
        }

        var crossings = polygons.Sum(polygon => PolygonRasterizer.CountCrossings(polygon, size.Width));
        _crossingsLeft -= crossings;
        if (crossings > MostCrossingsOfAnnotation || _crossingsLeft < 0)
        {
            throw segmentation.Unlike(
                $"polygons whose sides span at most {MostCrossingsOfAnnotation} columns, and in proportion to the size of the file",
                $"{crossings}");
        }

        return MaskPolygons.ToMask(size, polygons);
    }

    private static MaskPolygon ReadPolygon(JsonField polygon)
    {
        double[] numbers = [.. polygon.Items().Select(Coordinate)];
        if (numbers.Length < FewestNumbersOfPolygon || numbers.Length % 2 != 0)
        {
            throw polygon.Unlike($"pairs of numbers, {FewestNumbersOfPolygon} numbers or more", $"{numbers.Length} numbers");
        }

        var corners = new PolygonPoint[numbers.Length / 2];
        for (var i = 0; i < corners.Length; i++)
        {
            corners[i] = new PolygonPoint(numbers[2 * i], numbers[(2 * i) + 1]);
        }

        return new MaskPolygon { Exterior = corners };
    }

    private static double Coordinate(JsonField field) =>
        field.Double() is var number && Math.Abs(number) <= PolygonRasterizer.MostCoordinate
            ? number
            : throw field.Unlike($"a coordinate within {PolygonRasterizer.MostCoordinate} pixels of the origin");

    private sealed record ImageContent(long Id, string FileName, ImageSize Size, List<CocoAnnotation> Annotations);

    // In the order of the file, which no dictionary promises.
    private sealed class OrderedImages
    {
        private readonly Dictionary<long, ImageContent> _byId = [];

        public List<ImageContent> Values { get; } = [];

        public bool TryAdd(ImageContent image)
        {
            if (!_byId.TryAdd(image.Id, image))
            {
                return false;
            }

            Values.Add(image);
            return true;
        }

        public ImageContent? Find(long id) => _byId.GetValueOrDefault(id);
    }
}
