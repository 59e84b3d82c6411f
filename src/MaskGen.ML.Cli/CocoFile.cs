namespace MaskGen.ML.Cli;

/// <summary>The COCO data set of a run, written as its pictures come. Not safe for concurrent use.</summary>
internal sealed class CocoFile : IDisposable
{
    private readonly string _path;
    private readonly UnfinishedFile _file;
    private readonly CocoDatasetWriter _writer;

    public CocoFile(string path)
    {
        _path = path;
        _file = new UnfinishedFile(path);
        _writer = new CocoDatasetWriter(_file.Stream);
    }

    public void Add(string image, MaskSet masks) => _writer.AddImage(image, masks);

    /// <summary>Ends the data set.</summary>
    /// <returns>The path of the file.</returns>
    public string Complete()
    {
        _writer.Complete();
        _file.Complete();
        return _path;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
    }
}
