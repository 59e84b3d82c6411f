using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Runs;

/// <summary>A row with one image at a time, as a pipeline is given them. Not safe for concurrent use.</summary>
internal sealed class ImageRow : DataViewRow
{
    private readonly bool _isDecoded;
    private byte[] _bytes = [];
    private string _key = string.Empty;
    private long _position = -1;
    private MLImage? _image;

    /// <param name="schema">The columns, see <see cref="SchemaOf"/>; a pipeline takes rows of the very schema that it is bound to.</param>
    /// <param name="isDecoded">Whether the first column holds images; otherwise the bytes of files.</param>
    public ImageRow(DataViewSchema schema, bool isDecoded)
    {
        Schema = schema;
        _isDecoded = isDecoded;
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => 0;

    /// <summary>The columns that a pipeline is given.</summary>
    /// <param name="imageColumn">Name of the column of images.</param>
    /// <param name="isDecoded">Whether it holds images; otherwise the bytes of files.</param>
    public static DataViewSchema SchemaOf(string imageColumn, bool isDecoded)
    {
        var builder = new DataViewSchema.Builder();
        if (isDecoded)
        {
            builder.AddColumn(imageColumn, new ImageDataViewType());
        }
        else
        {
            builder.AddColumn(imageColumn, new VectorDataViewType(NumberDataViewType.Byte));
        }

        builder.AddColumn("Key", TextDataViewType.Instance);
        return builder.ToSchema();
    }

    /// <summary>Goes on to an image.</summary>
    /// <param name="key">What it is called.</param>
    /// <param name="bytes">Its file.</param>
    /// <exception cref="InvalidDataException">It is no image that can be read.</exception>
    public void Set(string key, byte[] bytes)
    {
        _position++;
        (_key, _bytes) = (key, bytes);
        _image?.Dispose();
        _image = null;
        _image = _isDecoded ? RgbImage.Load(bytes).ToMLImage() : null;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Delegate getter = column.Index > 0 ? (ValueGetter<ReadOnlyMemory<char>>)GetKey
            : _isDecoded ? (ValueGetter<MLImage>)GetImage
            : (ValueGetter<VBuffer<byte>>)GetBytes;
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}': expected to be read as {column.Type}, not {typeof(TValue)}.");
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    protected override void Dispose(bool disposing)
    {
        _image?.Dispose();
        base.Dispose(disposing);
    }

    private void GetKey(ref ReadOnlyMemory<char> value) => value = _key.AsMemory();

    private void GetImage(ref MLImage value) => value = _image!;

    private void GetBytes(ref VBuffer<byte> value) => value = new VBuffer<byte>(_bytes.Length, _bytes);
}
