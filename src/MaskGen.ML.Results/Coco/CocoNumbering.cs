namespace MaskGen.ML.Results;

/// <summary>The numbers that images, annotations and categories of a data set keep from those that it is made of, and the groups of the
/// categories. Not safe for concurrent use.</summary>
/// <remarks>Numbers of images, of annotations and of categories are kept each as long as they are unique among all that was added;
/// otherwise those of that kind are given anew.</remarks>
internal sealed class CocoNumbering
{
    private readonly Dictionary<string, long> _imageIds = new(StringComparer.Ordinal);
    private readonly HashSet<long> _knownImages = [];
    private readonly HashSet<long> _annotations = [];
    private readonly Dictionary<long, CocoCategory> _categoriesById = [];
    private readonly List<CocoCategory> _categories = [];
    private bool _keepsImages = true;
    private bool _keepsAnnotations = true;
    private bool _keepsCategories = true;

    /// <summary>Whether a data set was added.</summary>
    public bool IsEmpty => _imageIds.Count == 0;

    /// <summary>The categories, in the order in which they came; those of one name and group once where their numbers are not
    /// kept.</summary>
    public IReadOnlyList<CocoCategory> Categories => _categories;

    /// <summary>The highest number of an image that is kept, or 0.</summary>
    public long LastImage => _keepsImages ? _knownImages.DefaultIfEmpty().Max() : 0;

    /// <summary>The highest number of an annotation that is kept, or 0.</summary>
    public long LastAnnotation => _keepsAnnotations ? _annotations.DefaultIfEmpty().Max() : 0;

    /// <summary>What is numbered anew, a line each.</summary>
    public IEnumerable<string> Remarks
    {
        get
        {
            foreach (var (keeps, what) in new[]
            {
                (_keepsImages, "images"), (_keepsAnnotations, "annotations"), (_keepsCategories, "categories"),
            })
            {
                if (!keeps)
                {
                    yield return $"ids of {what} that were not unique: all {what} are numbered anew";
                }
            }
        }
    }

    /// <summary>Adds an image of a data set.</summary>
    /// <param name="name">Its name in the new data set.</param>
    /// <param name="image">The image with its annotations.</param>
    public void Add(string name, CocoImage image)
    {
        _imageIds[name] = image.Id;
        _keepsImages &= _knownImages.Add(image.Id);
        foreach (var annotation in image.Annotations)
        {
            _keepsAnnotations &= _annotations.Add(annotation.Id);
        }
    }

    /// <summary>Adds the categories of a data set; one that is known already is the same.</summary>
    public void Add(IEnumerable<CocoCategory> categories)
    {
        foreach (var category in categories)
        {
            if (_categoriesById.TryAdd(category.Id, category))
            {
                _categories.Add(category);
                continue;
            }

            var known = _categoriesById[category.Id];
            if ((known.Name, known.Supercategory) != (category.Name, category.Supercategory))
            {
                _keepsCategories = false;
                _categories.Add(category);
            }
        }
    }

    /// <summary>The number of an image; null for a new one.</summary>
    public long? OfImage(string name) => _keepsImages && _imageIds.TryGetValue(name, out var id) ? id : null;

    /// <summary>The number of an annotation; null for a new one.</summary>
    public long? OfAnnotation(MaskRecord mask) => _keepsAnnotations ? mask.Source?.Id : null;

    /// <summary>The number of a category; null for a new one.</summary>
    public long? OfCategory(CocoCategory category) => _keepsCategories ? category.Id : null;

    /// <summary>The number of the category of a mask; null where only its label says which it is.</summary>
    public long? OfCategory(MaskRecord mask) =>
        _keepsCategories && mask.Source?.CategoryId is { } id && _categoriesById.ContainsKey(id) ? id : null;
}
