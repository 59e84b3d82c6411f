namespace MaskGen.ML.Web;

/// <summary>How far the encoding of an image is.</summary>
internal enum EncodingState
{
    None,
    Queued,
    Encoding,
    Ready,
    Failed,
}
