using Amazon.S3;
using Amazon.S3.Model;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Moves files to a bucket and from there.</summary>
internal static class TestBucket
{
    /// <summary>Writes an object.</summary>
    public static Task PutAsync(AmazonS3Client client, string bucket, string key, byte[] bytes) => client.PutObjectAsync(
        new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(bytes) },
        TestContext.Current.CancellationToken);

    /// <summary>Copies what is below a prefix into a folder.</summary>
    public static async Task DownloadAsync(AmazonS3Client client, string bucket, string prefix, string folder)
    {
        var list = await client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = bucket, Prefix = prefix + "/" }, TestContext.Current.CancellationToken);
        foreach (var item in list.S3Objects)
        {
            var path = System.IO.Path.Combine(folder, item.Key[(prefix.Length + 1)..]);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            using var response = await client.GetObjectAsync(bucket, item.Key, TestContext.Current.CancellationToken);
            await using var file = File.Create(path);
            await response.ResponseStream.CopyToAsync(file, TestContext.Current.CancellationToken);
        }
    }
}
